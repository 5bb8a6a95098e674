#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "handlers/ports/clock.hpp"
#include "handlers/shard.hpp"

namespace pakashop {

/// Why the engine does not start.
struct EngineFailure {
    LeadFailure why;
    std::string text;  ///< For people.
};

struct EngineOptions {
    std::size_t queue_max = 8192;  ///< Commands waiting or staged; one more is overloaded.
    ShardOptions shard;
    /// On a log that other nodes write to as well: begins without leading, and follows.
    bool standby = false;
    /// Whether to lead again when somebody else may have begun to; a hint (architecture 2.6).
    std::function<bool(PartitionId)> may_lead = [](PartitionId) { return true; };
    /// Takes the commands of partitions that are led elsewhere, from any thread, and answers them
    /// from any thread; without it they are answered `not_leading`.
    std::function<void(Command)> forward{};
    /// Told, on the engine's thread, that another node leads a partition this one led.
    std::function<void(PartitionId)> on_deposed{};
    /// Told, on the engine's thread, that a partition of a shared log is frozen and why: nothing of
    /// it is decided until a person has looked.
    std::function<void(PartitionId, std::string)> on_frozen{};
};

/// All partitions of this node behind three threads: one decides, one writes, one syncs. While a
/// batch is being synced the next one is written and the one after it decided; when the log is
/// idle, everything staged goes as one batch: group commit happens by itself, without timers
/// (architecture 2.4 step 4).
class Engine {
public:
    using OnCommit = std::function<void(const std::shared_ptr<const Commit>&)>;
    /// Told after each batch written here or elsewhere, once its commits were heard, on the
    /// engine's thread.
    void on_flush(std::function<void()> listener);
    /// Called about ten times a second on the engine's thread.
    using OnTick = std::function<void()>;

    Engine(Log& log, Store& store, Vault& vault, const Clock& clock, EngineOptions options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Who hears of every durable commit, in order per partition, on the engine's thread. Before
    /// `start`.
    void on_commit(OnCommit listener);
    void on_tick(OnTick listener);
    /// Told when this machine's log can no longer be written or read safely: the process should
    /// end.
    void on_fatal(std::function<void(std::string)> listener);

    /// Leads every partition, then begins to work. Where the disk is too full to lead it starts all
    /// the same: commands are refused (`storage_low`) until there is room, reading goes on.
    Result<void, EngineFailure> start();
    /// Answers what is under way, then stops its threads; on a shared log it resigns where it led.
    /// Idempotent.
    void stop();
    /// Whether this node decides for the partition. From any thread.
    bool leads(PartitionId partition) const { return leads_[partition].load(); }
    /// Whether the log does not take the records of a partition that this node leads. From any
    /// thread.
    bool away(PartitionId partition) const { return away_[partition].load(); }
    /// Since when the log has taken nothing of the partition, although it was given something, or
    /// failed; nothing while all is well. From any thread.
    std::optional<std::chrono::steady_clock::time_point> stuck_since(PartitionId partition) const;

    /// From any thread. The reply always comes, once.
    void submit(Command command);
    /// Whether one more request may begin, for those that send their commands by `submit_here`;
    /// one that may not counts as an overload. From any thread.
    bool admits();
    /// Runs `task` on the engine's thread, between commands.
    void post(std::function<void()> task);

    /// The rest is for the engine's thread, replies, listeners and tasks included.
    ///
    /// Leads a partition that was followed, as soon as nothing is under way to the log; `done` is
    /// told on the engine's thread.
    void lead(PartitionId partition, std::function<void(Result<void, EngineFailure>)> done);
    /// Stops leading a partition with a record that says so; the commands that wait are forwarded.
    /// `done` is told on the engine's thread, when the partition may be followed.
    void resign(PartitionId partition, std::function<void()> done);
    /// Stops leading a partition whose log hangs: the commands that wait are forwarded at once,
    /// those under way as well. `done` as for resign().
    void let_go(PartitionId partition, std::function<void()> done);
    /// Takes what others wrote, in order, where this node does not lead. Listeners hear of the
    /// commits in it.
    Result<void, LeadFailure> follow(PartitionId partition, std::span<const LogEntry> entries);
    /// Takes a command up after what is being done now and before the next batch is written. Not
    /// bounded by the queue: for commands that follow from one already taken.
    void submit_here(Command command) { local_.push_back(std::move(command)); }
    /// The partition's history cannot be read: it decides nothing more; the others go on.
    void halt(PartitionId partition) { shards_[partition]->halt(); }
    /// The same for what the log says, and whoever looks after it is told.
    void freeze(PartitionId partition, std::string reason);
    void checkpoint(PartitionId partition, std::string body, Snapshot snapshot);
    /// Finds out whether a partition is led from here, where nothing under way would tell.
    void prove_lead(PartitionId partition);
    const Shard& shard(PartitionId partition) const { return *shards_[partition]; }

    PartitionId partition_of_key(std::string_view key) const {
        return partition_of(key, static_cast<std::uint32_t>(shards_.size()));
    }
    /// The position behind the partition's last durable record. From any thread.
    std::uint64_t durable_seq(PartitionId partition) const { return durable_[partition].load(); }
    /// The log's offset behind the last record that the partition's shard has taken, whoever wrote
    /// it. From any thread.
    std::uint64_t next_offset(PartitionId partition) const { return offsets_[partition].load(); }
    std::uint32_t partitions() const { return static_cast<std::uint32_t>(shards_.size()); }
    Store& store() { return store_; }
    const Clock& clock() const { return clock_; }

    /// For health and metrics.
    struct Figures {
        std::uint64_t commits = 0;
        std::uint64_t events = 0;
        std::uint64_t flushes = 0;
        std::uint64_t refusals_overload = 0;
        std::size_t queued = 0;
        std::size_t halted_partitions = 0;
        std::vector<std::uint64_t> places;  ///< By partition: behind its last durable record.
    };
    Figures figures() const;

private:
    bool takes_more() const;  ///< With the mutex held.
    void forward(Command command);
    Result<void, EngineFailure> lead_now(PartitionId partition);
    void run_alone();
    void decide_loop();
    void write_loop();
    void sync_loop();
    void decide(Command command);
    void decide_all(std::vector<Command> commands);
    void decide_local();
    /// Batches of several shards that go to the log as one append.
    struct Flight {
        std::vector<Shard*> shards;
        std::vector<Shard::Flight> loads;
        std::future<std::vector<AppendOutcome>> under_way;
        std::vector<AppendOutcome> outcomes;
    };
    using Flights = std::deque<std::unique_ptr<Flight>>;
    using Failure = std::pair<Shard*, AppendOutcome>;
    void pass_on(std::unique_ptr<Flight> flight, Flights& to, std::condition_variable& wake);
    std::unique_ptr<Flight> next_of(Flights& flights, std::condition_variable& wake);
    void take_completions();
    void settle_flight(const Flight& flight);
    void settle_failures();
    bool may_start_flush() const;
    std::unique_ptr<Flight> begin_flight();
    void start_flush();
    void settle(Shard& shard, AppendOutcome outcome);
    Result<void, LeadFailure> lead_after_failure(Shard& shard);
    void lost_lead(PartitionId partition, LeadFailure why);
    void not_led(Shard& shard, LeadFailure why);
    void stop_leading(PartitionId partition);
    void deposed(Shard& shard);
    void resign_all();
    void lead_again_if_due();
    void try_to_lead_again();
    void begin_probe(PartitionId partition);
    bool log_answers(PartitionId partition);
    void publish_place(const Shard& shard);
    void note_waiting(PartitionId partition);
    void note_answer(const Shard& shard);
    void tick();
    void report_fatal(std::string reason);
    void report_damage(PartitionId partition, std::string reason);
    void count(const Commit& commit);

    Log& log_;
    Store& store_;
    const Clock& clock_;
    EngineOptions options_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::atomic<bool>> leads_;             ///< By partition.
    std::vector<std::optional<Outcome::Kind>> unled_;  ///< What commands hear meanwhile.
    std::vector<std::atomic<std::uint64_t>> durable_;
    std::vector<std::atomic<std::uint64_t>> offsets_;
    std::vector<std::atomic<bool>> away_;  ///< By partition: the log does not take its records.
    static constexpr std::chrono::steady_clock::time_point never{};
    std::vector<std::atomic<std::chrono::steady_clock::time_point>> stuck_since_;
    std::atomic<bool> some_away_{false};
    std::vector<OnCommit> listeners_;
    std::vector<OnTick> tickers_;
    std::vector<std::function<void()>> flush_listeners_;
    std::function<void(std::string)> on_fatal_;

    std::mutex mutex_;
    std::condition_variable wake_engine_;
    std::condition_variable wake_writer_;
    std::condition_variable wake_syncer_;
    std::vector<Command> inbox_;
    std::vector<Command> local_;  ///< From the engine's own thread; not guarded.
    std::vector<std::function<void()>> tasks_;
    Flights to_write_;
    Flights to_sync_;
    Flights answered_;
    bool stopping_ = false;
    bool writers_stop_ = false;
    std::size_t under_way_ = 0;    ///< Flights begun and not settled; for the engine's thread.
    std::vector<Failure> failed_;  ///< The same; to settle once nothing is under way.
    /// The same; what needs the log for itself: begins once nothing is under way.
    std::vector<std::function<void()>> alone_;
    std::atomic<std::size_t> waiting_{0};  ///< Commands in the inbox, or staged.
    std::size_t staged_ = 0;

    std::chrono::steady_clock::time_point last_tick_;
    std::chrono::steady_clock::time_point last_lead_;
    std::future<bool> probe_;     ///< Whether a log that was away answers.
    std::size_t again_from_ = 0;  ///< The partition to be led again first.
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::uint64_t> events_{0};
    std::atomic<std::uint64_t> flushes_{0};
    std::atomic<std::uint64_t> overloads_{0};
    std::thread decider_;
    std::thread writer_;
    std::thread syncer_;
};

}  // namespace pakashop
