#include <future>
#include <thread>

#include <fmt/format.h>

#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/rebuild_store.hpp"
#include "adapters/postgres/row_store.hpp"
#include "ops/benchmarks/bench.hpp"
#include "projections/core.hpp"
#include "projections/rebuild.hpp"
#include "projections/runner.hpp"

/// Read models in PostgreSQL from the log's first record: all of them by their runner, as after a
/// lost database, and then one alone beside the live ones.
namespace pakashop::bench {
namespace {

constexpr std::string_view read_model = "orders";

std::uint64_t records_in(RocksDbLog& log) {
    std::uint64_t records = 0;
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        records += log.state(static_cast<PartitionId>(i)).place.seq;
    }
    return records;
}

// All read models of group core; events/s.
double fill_all(RocksDbLog& log, Vault& vault, const std::string& url) {
    postgres::RowStore store{postgres::RowStoreOptions{.url = url, .suffix = {}}};
    model::Runner runner{log, vault, store, model::core_projections()};
    const std::uint64_t records = records_in(log);
    const auto began = steady_now();
    runner.start();
    model::RunnerStatus status = runner.status();
    while (status.records < records) {
        if (!status.reason.empty()) give_up(status.reason);
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        status = runner.status();
    }
    const double seconds = seconds_since(began);
    runner.stop();
    return static_cast<double>(status.events) / seconds;
}

}  // namespace

int rebuild(const Options& options) {
    if (options.database_url.empty()) give_up("DATABASE_URL is not set");
    const auto log = view_filled(options);
    const auto keys = open_keys(options);
    SealingVault vault{*keys};
    const auto migrated = postgres::migrate(options.database_url, postgres::migrations());
    if (!migrated) give_up(migrated.error().detail);
    const double all = fill_all(*log, vault, options.database_url);
    postgres::RebuildStore store{options.database_url};
    const model::Projection& projection = *model::find_projection(read_model);
    const auto report = model::rebuild(*log, vault, store, projection, {});
    if (!report) give_up(report.error().detail);
    if (!report->equal()) give_up("the rebuilt read model differs from the live one");
    const double seconds = static_cast<double>(report->took.count()) / 1'000;
    Figure{"rebuild"}
        .with("measured", static_cast<double>(report->events) / seconds)
        .with("read_model", read_model)
        .with("events", static_cast<double>(report->events))
        .with("rows", static_cast<double>(report->rows))
        .with("all_read_models", all)
        .print();
    return 0;
}

}  // namespace pakashop::bench
