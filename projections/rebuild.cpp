#include "projections/rebuild.hpp"

#include <algorithm>
#include <array>

#include "projections/batch_writer.hpp"

namespace pakashop::model {
namespace {

using Done = Result<void, RebuildFailure>;

constexpr std::uint64_t held_records_max = 200;  ///< Read while the live group is held.
constexpr int catch_up_rounds_max = 20;

unexpected<RebuildFailure> unavailable(std::string detail) {
    return unexpected{RebuildFailure{RebuildFailure::Kind::unavailable, std::move(detail)}};
}

unexpected<RebuildFailure> failed(const ApplyResult& result) {
    const bool refused = result.outcome == ApplyResult::Outcome::refused;
    return unexpected{RebuildFailure{
        refused ? RebuildFailure::Kind::refused : RebuildFailure::Kind::unavailable, result.detail
    }};
}

unexpected<RebuildFailure> failed(const ReadStop& stop) {
    const bool away = stop.kind == ReadStop::Kind::log_away;
    return unexpected{RebuildFailure{
        away ? RebuildFailure::Kind::unavailable : RebuildFailure::Kind::refused, stop.reason
    }};
}

/// One rebuild under way.
class Rebuild {
public:
    Rebuild(
        Log& log,
        Vault& vault,
        RebuildStore& store,
        const Projection& projection,
        const RebuildOptions& options
    )
        : log_{log},
          store_{store},
          options_{options},
          projections_{&projection},
          group_{"rebuild:" + std::string{projection.name}},
          reader_{log, vault, projections_},
          writer_{store.rows(), group_, [] {}} {}

    Done run() {
        if (auto begun = store_.begin(*projections_.front()); !begun) return begun;
        if (auto read = read_all(); !read) return read;
        if (auto finished = store_.finish(); !finished) return finished;
        if (auto caught_up = catch_up(); !caught_up) return caught_up;
        const auto live = store_.hold(options_.group);
        if (!live) return unexpected{live.error()};
        if (auto read = read_up_to(*live); !read) return read;
        return options_.mode == RebuildMode::swap ? store_.swap() : compare();
    }

    RebuildReport report;

private:
    // Most of it, while the live group goes on.
    Done read_all() {
        const auto begin = store_.rows().checkpoints(group_, log_.generation(), log_.partitions());
        if (!begin) return unavailable("the twins' checkpoints cannot be read");
        if (auto there = reader_.go_to(*begin); !there) return failed(there.error());
        const auto live = store_.live(options_.group);
        if (!live) return unexpected{live.error()};
        return read_up_to(*live);
    }

    // While the twins were filled and indexed the live group went on; what is left to read once it
    // is held has to be little. A group that writes faster than this reads is held nevertheless.
    Done catch_up() {
        for (int round = 0; round < catch_up_rounds_max; ++round) {
            const auto live = store_.live(options_.group);
            if (!live) return unexpected{live.error()};
            if (behind(*live) <= held_records_max) return {};
            if (auto read = read_up_to(*live); !read) return read;
        }
        return {};
    }

    std::uint64_t behind(const std::vector<Checkpoint>& live) const {
        std::uint64_t records = 0;
        for (const Checkpoint& each : live) {
            const std::uint64_t read = reader_.at(each.partition).state.place.seq;
            records += each.state.place.seq - std::min(each.state.place.seq, read);
        }
        return records;
    }

    // Partition by partition, so that most of a row's changes meet in one batch.
    Done read_up_to(const std::vector<Checkpoint>& live) {
        const auto began = std::chrono::steady_clock::now();
        for (const Checkpoint& each : live) {
            if (auto read = read_partition(each); !read) return read;
        }
        Done last = finish_batch();
        report.took += std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - began
        );
        return last;
    }

    Done read_partition(const Checkpoint& live) {
        const std::uint64_t records = live.state.place.seq;
        Batch batch;
        while (true) {
            const auto some =
                reader_.read_partition(batch, live.partition, options_.read_bytes_max, records);
            if (!some) return failed(some.error());
            const bool ready = !*some || batch.events >= options_.events_max;
            if (ready && !batch.empty()) {
                if (auto written = write(std::exchange(batch, Batch{})); !written) return written;
            }
            if (!*some) return same_place(live);
        }
    }

    Done same_place(const Checkpoint& live) {
        if (reader_.at(live.partition).state.place == live.state.place) return {};
        return unexpected{RebuildFailure{
            RebuildFailure::Kind::refused,
            "partition " + std::to_string(live.partition) +
                ": the log does not lead to where the live tables are"
        }};
    }

    // Hands a batch over once the one before it is written.
    Done write(Batch batch) {
        if (auto written = finish_batch(); !written) return written;
        writer_.hand_over(std::move(batch));
        return {};
    }

    Done finish_batch() {
        const auto written = writer_.wait();
        if (!written) return {};
        if (written->result.outcome != ApplyResult::Outcome::applied) {
            return failed(written->result);
        }
        report.records += written->batch.records;
        report.events += written->batch.events;
        report.rows += written->batch.changes.rows();
        if (options_.progress) options_.progress(report);
        return {};
    }

    Done compare() {
        auto tables = store_.compare();
        if (!tables) return unexpected{tables.error()};
        report.tables = *std::move(tables);
        return {};
    }

    Log& log_;
    RebuildStore& store_;
    const RebuildOptions& options_;
    const std::array<const Projection*, 1> projections_;
    const std::string group_;
    LogReader reader_;
    BatchWriter writer_;
};

}  // namespace

bool RebuildReport::equal() const {
    return !tables.empty() && std::ranges::all_of(tables, &TableComparison::equal);
}

Result<RebuildReport, RebuildFailure> rebuild(
    Log& log,
    Vault& vault,
    RebuildStore& store,
    const Projection& projection,
    const RebuildOptions& options
) {
    Rebuild under_way{log, vault, store, projection, options};
    const Done done = under_way.run();
    if (!done || options.mode == RebuildMode::check) store.discard();
    if (!done) return unexpected{done.error()};
    return std::move(under_way.report);
}

}  // namespace pakashop::model
