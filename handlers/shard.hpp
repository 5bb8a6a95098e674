#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/admission.hpp"
#include "handlers/commit.hpp"
#include "handlers/domain.hpp"
#include "handlers/ports/log.hpp"
#include "handlers/shard_pending.hpp"
#include "handlers/stream_cache.hpp"

namespace pakashop {

struct ShardOptions {
    std::size_t cache_bytes_max = 32uz * 1024 * 1024;  ///< Per partition.
    std::size_t batch_records_max = 1024;
    std::function<Duration()> pin_ttl = [] { return hours(24); };  ///< C-12, a setting.
};

/// Why a shard cannot lead.
enum class LeadFailure {
    log_unavailable,  ///< Its announcement did not reach the log.
    storage_low,      ///< The log takes nothing until there is room; reading goes on.
    moved,            ///< It is sealed and goes on elsewhere: nobody ever leads it again.
    damaged           ///< The history contradicts itself or cannot be read.
};

/// The single writer of one partition (architecture 2.4). It decides in memory, ahead of the disk;
/// it answers nothing before every record staged before that decision is durable and admitted.
///
/// One thread calls it (the engine's), except `encode`, which those that write may call, for one
/// flight after the other, between its `begin_flight` and its `settle`. It has no clock and no
/// threads of its own, so that a simulation can drive it.
class Shard {
    struct Staged;

public:
    /// A batch on its way to the log; several may be, each follows the one before.
    struct Flight {
        std::vector<std::shared_ptr<Staged>> staged;
        Place known;                         ///< How far the shard knows the history to be durable.
        std::optional<AdmissionState> from;  ///< Where it starts, unless behind another flight.
    };

    using OnCommit = std::function<void(std::shared_ptr<const Commit>)>;

    Shard(
        PartitionId partition,
        Log& log,
        Store& store,
        Vault& vault,
        const NodeId& node,
        ShardOptions options,
        OnCommit on_commit
    );

    /// Announces the next epoch and reads the log up to that announcement. Needed before anything
    /// else, and again after `settle` said so.
    Result<void, LeadFailure> lead(Instant now);

    /// Takes what others wrote behind the place where the shard stands, while another node leads.
    Result<void, LeadFailure> follow(std::span<const LogEntry> entries);
    /// Ends this node's leading with a record that says so, so that the next one need not wait.
    /// Nothing may be on its way to the log, and nothing is decided after it.
    AppendOutcome resign(Instant now);

    /// Decides the command, or attaches it to the same one under way, or answers it from an earlier
    /// commit. The reply may come at once.
    void submit(Command command);
    /// Stages a record without effect, whose way to the log shows whether this node still leads;
    /// not where something is on its way anyway.
    void prove_lead(Instant now);
    /// Stages a CHECKPOINT whose body is `body`; `snapshot` goes with it.
    void checkpoint(std::string body, Snapshot snapshot, Instant now);

    bool has_staged() const { return !staged_.empty(); }
    std::size_t staged_count() const { return staged_.size(); }
    bool has_flights() const { return !flights_.empty(); }
    /// Takes what is staged, up to a batch.
    Flight begin_flight();
    /// The flight as records: chained, encoded and hashed.
    PartitionBatch encode(const Flight& flight);
    /// What became of the oldest flight; one that is not durable is the end of all, so none may be
    /// on its way any more. False: the outcome is unknown, `lead` must settle it; commands that
    /// wait are kept and run again after it.
    bool settle(AppendOutcome outcome);
    /// Answers everything that waits with `kind`: the log cannot be led now. Not while the log has
    /// a batch of it.
    void give_up(Outcome::Kind kind);
    /// The same, and the commands come back unanswered: another node may take them up.
    std::vector<Command> withdraw() { return drop_unsettled(); }
    /// Only the commands, while what they led to stays on its way: whoever leads next finds it in
    /// the log, or decides anew.
    std::vector<Command> withdraw_waiting();
    /// The partition's history cannot be read: nothing more is decided. Flights are still settled.
    void halt();

    /// The stream's state, as far as it is decided. Throws CorruptStream.
    const AnyState& read(const std::string& stream) { return load(stream).state; }

    PartitionId partition() const { return partition_; }
    /// The log's offset behind the last record it has taken.
    std::uint64_t next_offset() const { return next_offset_; }
    const Admission& admission() const { return admission_; }
    bool halted() const { return halted_; }

private:
    struct Waiting {
        Command command;
        bool replay = false;
        bool reused = false;  ///< The same id with another body: it only waits to be told so.
    };
    /// A record on its way to the log, the commands that wait for it, and what it changed.
    struct Staged {
        Record record;
        std::shared_ptr<Commit> commit;
        std::vector<Snapshot> snapshots;
        std::vector<Waiting> waiting;
        Digest hash{};
    };
    struct WaitingRefusal {
        std::uint64_t after_seq = 0;
        Command command;
        std::string_view code;
    };
    /// A stream a command changes: its state in the cache, and the version it had before.
    struct Touched {
        std::string stream;
        StreamState* state = nullptr;
        std::int64_t before = 0;
    };
    /// What a command would change, until all of it is decided.
    struct Draft {
        std::vector<CommittedEvent> events;
        std::vector<RecordedEvent> recorded;
        std::vector<Touched> touched;
        std::size_t bytes = 0;
    };

    std::optional<Outcome> answer_now(Command& command);
    bool attach(Command& command);
    std::optional<Outcome> answer_from_history(const Command& command);
    std::optional<Outcome> decide_and_stage(Command& command);
    Result<Draft, std::string_view> decide_all(const Command& command, Instant at);
    void apply(
        Draft& draft,
        const std::string& stream,
        StreamState& state,
        std::vector<AnyEvent> events,
        const CommandId& command
    );
    void stage(Command command, Draft draft, Instant at);
    void take_snapshots(Staged& staged, const Draft& draft);
    std::optional<Snapshot> durable_snapshot(const std::string& stream) const;
    void abandon(const Draft& draft);
    std::optional<Outcome> refuse(Command& command, std::string_view code);
    void answer_refusals();
    void finish(Staged& staged);
    std::uint64_t staged_end() const;
    bool nothing_waits() const { return staged_.empty() && flights_.empty(); }
    std::shared_ptr<Staged> blank(RecordKind kind, Instant at);

    StreamState& load(const std::string& stream);
    void fold_pending(const std::string& stream, StreamState& into) const;
    AppendOutcome announce(std::uint64_t epoch, Instant now);
    PartitionBatch alone(std::shared_ptr<Staged> staged);
    Result<void, LeadFailure> catch_up();
    bool take_entry(const LogEntry& entry);
    void run_again(std::vector<Command> commands);
    std::vector<Command> drop_staged();
    std::vector<Command> drop_unsettled();
    void drop(std::vector<std::shared_ptr<Staged>> list, std::vector<Command>& commands);

    PartitionId partition_;
    Log& log_;
    Store& store_;
    Vault& vault_;
    NodeId node_;
    ShardOptions options_;
    OnCommit on_commit_;
    Admission admission_;
    std::uint64_t next_offset_ = 0;
    Instant last_at_;
    StreamCache streams_;
    std::vector<std::shared_ptr<Staged>> staged_;
    std::deque<std::vector<std::shared_ptr<Staged>>> flights_;  ///< The oldest first.
    std::size_t flying_ = 0;                                    ///< Records in all of them.
    PendingStreams pending_;  ///< Of the staged and the flying records.
    AdmissionState encoded_;  ///< Behind the last batch encoded; for the thread that writes.
    std::unordered_map<CommandId, std::shared_ptr<Staged>, CommandIdHash> under_way_;
    std::vector<WaitingRefusal> refusals_;
    std::atomic<bool> halted_{false};
};

}  // namespace pakashop
