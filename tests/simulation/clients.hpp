#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "handlers/commit.hpp"
#include "tests/simulation/log_world.hpp"

namespace pakashop::simulation {

/// A client's call: one errand, asked of one life of one node.
struct Request {
    std::size_t errand = 0;
    bool other_body = false;
    std::uint32_t life = 0;
    std::size_t asked_at = 0;  ///< The log's length then.
    int answers = 0;
    bool final = false;  ///< Answered for good: the client asks no more.
};

/// What a node knows of the record that a success rests on.
struct Footing {
    std::uint32_t serial = 0;  ///< The landing that the node took for it; 0 when it knows none.
    /// The node knew nothing of a history that the log had lost when it was acknowledged. If a
    /// void record below that node's place is lost and an announcement lands in its stead, offset
    /// for offset, the promise is void and no rule can tell: it is known, and not counted.
    bool blind = false;
};

/// A success that somebody was told.
struct Promise {
    std::size_t errand = 0;
    Footing footing;
};

/// Those who ask, ask again, and believe what they are told. Every answer is held against what the
/// log says at that moment.
class Clients {
public:
    explicit Clients(LogWorld& world) : world_{world} {}

    /// The number of a new request.
    std::size_t ask(std::size_t errand, bool other_body, std::uint32_t life);
    void answer(std::size_t request, const Outcome& outcome, const Footing& footing);
    /// "Already so", on the node's word alone.
    void answer_already_so(std::size_t request);
    void answer_refused(std::size_t request, std::string_view code);

    const Request& request(std::size_t number) const { return requests_[number]; }
    const std::vector<Request>& requests() const { return requests_; }
    const std::vector<Promise>& promises() const { return promises_; }
    /// Whether a request from that number on got an answer for good for the errand.
    bool finished(std::size_t errand, std::size_t from) const;

private:
    Request& take(std::size_t request, bool final);
    void answer_reused(std::size_t request);
    void answer_committed(const Request& asked, const Commit& commit, const Footing& footing);
    void check_grant(std::size_t errand, const CommittedEvent& event);

    LogWorld& world_;
    std::vector<Request> requests_;
    std::vector<Promise> promises_;
    /// Who was told that an attempt is his, by effect and attempt.
    std::map<std::pair<std::string, std::int64_t>, std::size_t> grants_;
};

}  // namespace pakashop::simulation
