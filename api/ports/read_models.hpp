#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/partition.hpp"
#include "projections/rows.hpp"

namespace pakashop::api {

enum class ReadFailure {
    unavailable,  ///< PostgreSQL does not answer now (503 read_model_unavailable).
    failed        ///< The query itself is wrong: a bug of ours (500).
};

/// The read models, asked with SQL. Calls block: make them through `on_pool` (await.hpp).
class ReadModels {
public:
    using Rows = Result<std::vector<model::Row>, ReadFailure>;

    virtual ~ReadModels() = default;
    /// `select <the table's columns> from <the table> <tail>`; `$1`… are `params`.
    virtual Rows from(
        const model::Table& table,
        std::string_view tail,
        const std::vector<model::Value>& params
    ) = 0;
    /// A query of its own, whose result has exactly `columns`; an instant column must come as
    /// milliseconds since 1970 (bigint).
    virtual Rows query(
        std::span<const model::Column> columns,
        std::string_view sql,
        const std::vector<model::Value>& params
    ) = 0;

    /// Questions to `rows`, which alone is asked; what they come to ends them.
    using Questions = std::function<Result<void, ReadFailure>(ReadModels& rows)>;
    /// Asks them so that all see the rows of one moment. They may be asked twice from the first on.
    virtual Result<void, ReadFailure> at_one_moment(const Questions& ask) = 0;
};

/// How far the read models have come.
class ReadProgress {
public:
    virtual ~ReadProgress() = default;
    /// How many records of the partition are visible.
    virtual std::uint64_t position(PartitionId partition) const = 0;
    /// Calls `done(true)` once every record of `partition` below `seq` is visible, `done(false)` at
    /// the deadline, and at once while the read models cannot move; on any thread.
    virtual void wait(
        PartitionId partition,
        std::uint64_t seq,
        std::chrono::steady_clock::time_point deadline,
        std::function<void(bool)> done
    ) = 0;
    /// False while the read models cannot move: PostgreSQL is away or a projection stopped.
    virtual bool available() const = 0;
    /// Whether the rows show the present: false from a start, or from the loss of a database, until
    /// they have been filled up to where the log was then.
    virtual bool caught_up() const = 0;
    /// Records not yet visible, over all partitions; for health and metrics.
    virtual std::uint64_t lag() const = 0;
};

}  // namespace pakashop::api
