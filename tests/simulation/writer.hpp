#pragma once

#include <cstdint>
#include <vector>

#include "tests/simulation/log_world.hpp"

namespace pakashop::simulation {

constexpr std::size_t batch_max = 4;
constexpr std::size_t staged_max = 6;
/// More records than a schedule ever lands: reading so many reads to the end.
constexpr std::size_t world_end = 100'000;

/// A client's call: one command, asked of one node.
struct Request {
    int command = 0;
    std::size_t asked_at = 0;  ///< The log's length then.
    bool answered = false;
};

/// A batch on its way to the log; pieces of it may land, more than once, or never.
struct Produce {
    std::vector<WirePointer> wires;
    std::size_t node = 0;
    std::uint32_t life = 0;
    std::uint32_t batch = 0;  ///< 0 for announcements, which are not acknowledged.
    std::vector<std::optional<std::size_t>> offsets;
    bool reported = false;
};

/// What the broker says of a batch.
struct Report {
    std::size_t node = 0;
    std::uint32_t life = 0;
    std::uint32_t batch = 0;
    std::vector<std::optional<std::size_t>> offsets;
};

/// A success that somebody was told, and the landing it rests on.
struct Promise {
    int command = 0;
    Change change;
    std::uint32_t serial = 0;
    /// Its writer knew nothing of a history that the log had lost when it was acknowledged. If a
    /// void record below that writer's place is lost and an announcement lands in its stead, offset
    /// for offset, the promise is void and no rule can tell: it is known, and not counted.
    bool blind = false;
};

/// What writers share: the log, the network, the clients.
struct Scene {
    Scene(const Rules& all_rules, LogFault fault) : rules{all_rules}, world{all_rules, fault} {}

    Rules rules;
    LogWorld world;
    std::array<Command, commands_max> commands{};
    std::vector<Produce> network;
    std::vector<Report> reports;
    std::vector<Request> requests;
    std::vector<Promise> promises;
    std::uint32_t next_life = 1;
    std::uint32_t next_batch = 1;
};

enum class Role : std::uint8_t { follower, candidate, leader, stopped };

/// The least that writes to the log as the shard does (architecture 2.4): it leads an epoch,
/// decides on its own state ahead of the log, has one batch in flight and answers what is admitted.
class Writer {
public:
    Writer(Scene& scene, std::size_t index);

    Role role() const { return role_; }
    const Reader& reader() const { return reader_; }
    bool in_flight() const { return !flight_.empty(); }
    std::uint32_t batch() const { return batch_; }
    bool idle() const { return flight_.empty() && staged_.empty(); }

    void read(std::size_t records_max);
    void announce();
    void ask(int command);
    void flush(std::size_t records_max);
    void take_report(const Report& report);
    /// The outcome of the batch in flight will never be known.
    void give_up_batch();
    void stage_checkpoint();
    void stage_resignation(bool moved);
    /// Dies, and starts again with what it had saved, or with nothing.
    void crash(bool keeps_disk);
    void save();
    /// Reads to the end and leads no more.
    void retire();

private:
    struct Staged {
        RecordKind kind;
        bool moved = false;
        int command = -1;
        Change change;
    };
    enum class Await : std::uint8_t { commit, refusal, another_try };
    struct Waiting {
        std::size_t request;
        Await what;
        std::uint64_t seq = 0;
    };

    void follow(const Record& record);
    void lead();
    void stand_down();
    void stop();
    void consider(std::size_t request);
    void refuse(std::size_t request);
    void wait(std::size_t request, Await what, std::uint64_t seq = 0);
    void answer_admitted();
    void answer_success(std::size_t request, const Change& change);
    void answer_refusal(std::size_t request);
    void admit_flight(const Report& report);
    bool trusts(const Report& report);
    std::uint64_t speculative_seq() const;
    WirePointer produce_record(const Staged& staged, const Place& place, const Place& known);

    Scene& scene_;
    std::size_t index_;
    std::uint32_t life_;
    Reader reader_;
    Reader disk_;
    Shelf ahead_;
    Role role_ = Role::follower;
    std::vector<WirePointer> flight_;
    std::vector<Staged> staged_;
    std::vector<Waiting> waiting_;
    std::array<std::uint32_t, commands_max> serials_{};
    std::array<bool, commands_max> blind_{};
    std::uint32_t batch_ = 0;
    std::size_t expected_ = 0;
    bool closing_ = false;
};

}  // namespace pakashop::simulation
