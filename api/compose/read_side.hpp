#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "api/compose.hpp"
#include "api/ports/read_models.hpp"
#include "handlers/engine.hpp"
#include "handlers/ports/effects_queue.hpp"
#include "handlers/ports/schedule_queue.hpp"
#include "projections/rebuild.hpp"
#include "projections/runner.hpp"

namespace pakashop::api {

/// The read models in PostgreSQL: who fills them, who says how far they are, and who asks them.
/// PostgreSQL may be away at the start and at any time after.
class ReadSide {
public:
    /// All of them outlive it. `connections`: how many questions the api may ask at a time.
    /// `may_write`: on a cluster, whether this node writes the rows now; none: it always does.
    ReadSide(
        const Config& config,
        Log& log,
        Store& store,
        Vault& vault,
        Engine& engine,
        std::size_t connections,
        std::function<bool()> may_write
    );

    model::Runner& runner() { return *runner_; }
    /// Whether the runner is to be started on this node.
    bool runs_here() const;
    ReadProgress& progress() { return *progress_; }
    ReadModels& reads() { return *reads_; }
    EffectsQueue& effects() { return *effects_; }
    ScheduleQueue& schedule() { return *schedule_; }

    /// PostgreSQL has seen how far the log was: a log that is shorter or different lost history
    /// (architecture 2.5). Says nothing while PostgreSQL is away.
    Result<void, StartFailure> check_second_witness();
    /// Builds one read model anew, to compare or to swap in; blocks.
    Result<model::RebuildReport, std::string> rebuild(const std::string& name, bool swap);

private:
    const Config& config_;
    Log& log_;
    Store& store_;
    Vault& vault_;
    std::unique_ptr<model::RowStore> rows_;
    std::unique_ptr<model::Runner> runner_;
    std::unique_ptr<ReadProgress> progress_;
    std::unique_ptr<ReadModels> reads_;
    std::unique_ptr<EffectsQueue> effects_;
    std::unique_ptr<ScheduleQueue> schedule_;
};

}  // namespace pakashop::api
