#include "api/compose/read_side.hpp"

#include <algorithm>
#include <thread>

#include <spdlog/spdlog.h>

#include "adapters/postgres/effects_queue.hpp"
#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/reads.hpp"
#include "adapters/postgres/rebuild_store.hpp"
#include "adapters/postgres/row_store.hpp"
#include "adapters/postgres/schedule_queue.hpp"
#include "api/await.hpp"
#include "handlers/complete_schedule.hpp"
#include "projections/core.hpp"

namespace pakashop::api {
namespace {

// Rows follow from the log, and their checkpoints move in the same transaction: should PostgreSQL
// crash, the last batches are written once more. Its syncs would only delay those of the log.
postgres::RowStoreOptions options_for(const std::string& url) {
    postgres::RowStoreOptions options;
    options.url = url;
    options.synchronous = false;
    return options;
}

/// The migrations are applied when the database is met first, and whenever it does not answer as
/// one that has them, so one that was dropped and made again fills up by itself.
class SelfMigratingStore final : public model::RowStore {
public:
    explicit SelfMigratingStore(const std::string& url) : url_{url}, store_{options_for(url)} {}

    Result<std::vector<model::Checkpoint>, model::StoreFailure> checkpoints(
        std::string_view group,
        std::string_view generation,
        std::uint32_t partitions
    ) override {
        if (migrated_) {
            auto there = store_.checkpoints(group, generation, partitions);
            if (there || there.error() == model::StoreFailure::damaged) return there;
        }
        const auto done = postgres::migrate(url_, postgres::migrations());
        migrated_ = done.has_value();
        if (!done) {
            SPDLOG_WARN("read models are away: {}", done.error().detail);
            return unexpected{model::StoreFailure::unavailable};
        }
        return store_.checkpoints(group, generation, partitions);
    }
    Result<std::vector<model::Checkpoint>, model::StoreFailure>
    places(std::string_view group, std::string_view generation, std::uint32_t partitions) override {
        if (migrated_) {
            auto there = store_.places(group, generation, partitions);
            if (there) return there;
        }
        return checkpoints(group, generation, partitions);
    }
    model::ApplyResult apply(
        std::string_view group,
        const model::ChangeSet& changes,
        std::span<const model::CheckpointMove> moves
    ) override {
        return store_.apply(group, changes, moves);
    }

private:
    std::string url_;
    postgres::RowStore store_;
    bool migrated_ = false;
};

/// What the api asks of the runner.
class RunnerProgress final : public ReadProgress {
public:
    /// `runs`: the runner is started here at all; else nothing ever becomes visible.
    RunnerProgress(
        model::Runner& runner,
        Engine& engine,
        bool runs,
        std::function<bool()> may_write
    )
        : runner_{runner}, engine_{engine}, runs_{runs}, may_write_{std::move(may_write)} {}

    std::uint64_t position(PartitionId partition) const override {
        return runner_.position(partition);
    }
    void wait(
        PartitionId partition,
        std::uint64_t seq,
        std::chrono::steady_clock::time_point deadline,
        std::function<void(bool)> done
    ) override {
        if (runner_.position(partition) >= seq) return done(true);
        if (!available()) return done(false);
        runner_.wait_until(partition, seq, deadline, std::move(done));
    }
    bool available() const override {
        if (!runs_) return false;
        const auto health = runner_.status().health;
        return health == model::RunnerHealth::following || health == model::RunnerHealth::starting;
    }
    // Who stands by cannot know why the rows are behind: many records are a database being filled.
    bool caught_up() const override {
        if (!runner_.status().caught_up) return false;
        return !may_write_ || may_write_() || lag() < being_filled;
    }
    std::uint64_t lag() const override {
        std::uint64_t behind = 0;
        for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
            const auto partition = static_cast<PartitionId>(i);
            const std::uint64_t durable = engine_.durable_seq(partition);
            behind += durable - std::min(durable, runner_.position(partition));
        }
        return behind;
    }

private:
    static constexpr std::uint64_t being_filled = 5'000;

    model::Runner& runner_;
    Engine& engine_;
    bool runs_;
    std::function<bool()> may_write_;
};

constexpr std::chrono::milliseconds completeness_patience{2'000};
constexpr std::chrono::milliseconds completeness_look{10};

// Waits for the rows of what was durable at the call; a store that is being filled takes longer
// than anybody should wait.
bool shows_all(const ReadProgress& progress, const Engine& engine) {
    const Position durable = end_of_log(engine);
    const auto deadline = std::chrono::steady_clock::now() + completeness_patience;
    const auto there = [&](const auto& each) {
        return progress.position(each.first) >= each.second;
    };
    while (progress.available() && progress.caught_up()) {
        if (std::ranges::all_of(durable, there)) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(completeness_look);
    }
    return false;
}

std::unique_ptr<ScheduleQueue>
schedule_of(const Config& config, const ReadProgress& progress, const Engine& engine) {
    return std::make_unique<CompleteSchedule>(
        std::make_unique<postgres::ScheduleQueue>(config.database_url),
        [&progress, &engine] { return shows_all(progress, engine); }
    );
}

model::RunnerOptions runner_options(std::function<bool()> may_write) {
    model::RunnerOptions options;
    options.may_write = std::move(may_write);
    return options;
}

std::unique_ptr<ReadModels> reads_of(const Config& config, std::size_t connections) {
    postgres::ReadsOptions options;
    options.url = config.database_url;
    options.connections_max = connections;
    return std::make_unique<postgres::Reads>(std::move(options));
}

}  // namespace

// On a cluster every node watches the rows.
bool ReadSide::runs_here() const { return config_.has_role("projections") || !log_.exclusive(); }

ReadSide::ReadSide(
    const Config& config,
    Log& log,
    Store& store,
    Vault& vault,
    Engine& engine,
    std::size_t connections,
    std::function<bool()> may_write
)
    : config_{config},
      log_{log},
      store_{store},
      vault_{vault},
      rows_{std::make_unique<SelfMigratingStore>(config.database_url)},
      runner_{std::make_unique<
          model::Runner>(log, vault, *rows_, model::core_projections(), runner_options(may_write))},
      progress_{std::make_unique<RunnerProgress>(*runner_, engine, runs_here(), may_write)},
      reads_{reads_of(config, connections)},
      effects_{std::make_unique<postgres::EffectsQueue>(config.database_url)},
      schedule_{schedule_of(config, *progress_, engine)} {}

Result<void, StartFailure> ReadSide::check_second_witness() {
    const auto migrated = postgres::migrated(config_.database_url, postgres::migrations());
    if (!migrated && migrated.error().kind == postgres::MigrateFailure::Kind::drift) {
        return unexpected{StartFailure{exit_refuses, "DATABASE_URL: " + migrated.error().detail}};
    }
    if (!migrated.value_or(false)) return {};
    // A replica may have some way to go; who follows the log itself holds it against these places.
    if (!log_.exclusive()) return {};
    const auto places = rows_->checkpoints("core", log_.generation(), log_.partitions());
    if (!places) {
        if (places.error() == model::StoreFailure::unavailable) return {};
        return unexpected{StartFailure{exit_refuses, "the read models followed another log"}};
    }
    for (const model::Checkpoint& checkpoint : *places) {
        const Place& place = checkpoint.state.place;
        if (place.seq == 0) continue;
        const auto head = store_.head_at(checkpoint.partition, place.seq);
        if (head && *head == place.head) continue;
        return unexpected{StartFailure{
            exit_refuses,
            "the log lost history: PostgreSQL has seen partition " +
                std::to_string(checkpoint.partition) + " up to position " +
                std::to_string(place.seq) + ", and the log does not lead there"
        }};
    }
    return {};
}

Result<model::RebuildReport, std::string> ReadSide::rebuild(const std::string& name, bool swap) {
    const model::Projection* projection = model::find_projection(name);
    if (!projection) return unexpected{"there is no read model " + name};
    postgres::RebuildStore store{config_.database_url};
    model::RebuildOptions options;
    options.mode = swap ? model::RebuildMode::swap : model::RebuildMode::check;
    auto report = model::rebuild(log_, vault_, store, *projection, options);
    if (!report) return unexpected{report.error().detail};
    return *std::move(report);
}

}  // namespace pakashop::api
