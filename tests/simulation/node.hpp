#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "handlers/replicated_log.hpp"
#include "handlers/shard.hpp"
#include "tests/kit/plain_vault.hpp"
#include "tests/simulation/node_log.hpp"
#include "tests/simulation/node_store.hpp"

namespace pakashop::simulation {

enum class Role : std::uint8_t { follower, leader, stopped };

/// One node: the real Shard on the real ReplicatedLog, driven as Engine, Follower and Membership
/// drive them, but step by step. It dies and starts again; what is left of it is its replica.
class Node {
public:
    Node(Scene& scene, std::size_t index);

    Role role() const { return role_; }
    /// In the middle of something that waits for the log.
    bool busy() const { return busy_; }
    bool leads() const { return role_ == Role::leader && !unled_; }
    bool idle() const { return flights_.empty() && !shard().has_staged(); }
    bool waits() const { return log().waiting() > 0; }
    bool sealed() const { return shard().admission().sealed(); }
    std::uint32_t life() const { return life_number_; }
    std::size_t place() const { return log().place(); }
    bool saw_other() const { return saw_other_; }
    NodeStore& store() { return store_; }
    const NodeStore& store() const { return store_; }

    /// Hands in a client's call.
    void ask(std::size_t errand);
    /// Sends what is staged.
    void flush();
    /// Takes what became of batches sent before.
    void take_completions();
    void take(const Delivery& delivery) { log().take(delivery); }
    /// The batch on the wire gets no answer any more.
    void time_out() { log().time_out(); }
    /// Takes the lead, or takes it again.
    void lead();
    /// Reads on while another node leads.
    void follow();
    void checkpoint();
    /// Ends its leading with a record that says so, and itself.
    void resign();
    /// The same with one that seals the log for its copy.
    void seal();
    /// Dies, and starts again with the first so many records of its replica.
    void restart(std::size_t records);
    /// Leads no more, answers what waits, and reads to the end.
    void retire();

private:
    /// What dies with the process.
    struct Life {
        Life(Scene& scene, std::size_t index, std::uint32_t number, NodeStore& store, Node& node);
        kit::PlainVault vault;
        NodeLog log;
        ReplicatedLog replicated;
        Shard shard;
    };
    struct Flight {
        std::future<std::vector<AppendOutcome>> outcomes;
        std::size_t records = 0;
    };

    Shard& shard() const { return life_->shard; }
    NodeLog& log() const { return life_->log; }
    void start_life();
    bool disk_fails();
    AppendOutcome outcome_of_oldest();
    void settle_failure(AppendOutcome outcome);
    void append_last(Record record);
    bool answers_rashly(std::size_t request);
    void stop();
    void hear(const Commit& commit);
    void check();
    void check_harmed();
    bool contradicts(const Place& known) const;
    std::string name() const;

    Scene& scene_;
    std::size_t index_;
    std::uint32_t life_number_ = 0;
    NodeStore store_;
    std::unique_ptr<Life> life_;
    std::deque<Flight> flights_;
    Role role_ = Role::follower;
    std::optional<Outcome::Kind> unled_;  ///< What commands hear while it does not lead.
    bool busy_ = false;
    std::uint64_t heard_ = 0;  ///< Behind the last commit that listeners heard.
    std::size_t checked_ = 0;  ///< The first offset whose verdict here was not looked at yet.
    bool saw_other_ = false;
};

}  // namespace pakashop::simulation
