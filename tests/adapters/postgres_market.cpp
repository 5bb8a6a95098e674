#include "tests/adapters/postgres_market.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include "adapters/postgres/session.hpp"
#include "adapters/postgres/twin_tables.hpp"
#include "projections/core.hpp"
#include "projections/memory_tables.hpp"
#include "projections/tables.hpp"

namespace pakashop::kit {

PostgresMarket::PostgresMarket(std::uint64_t seed, std::uint32_t partitions)
    : log{"g1", partitions},
      recorder{log, vault},
      market{recorder, seed},
      store{{.url = schema.url(), .suffix = {}}} {
    const auto applied = postgres::migrate(schema.url(), postgres::migrations());
    REQUIRE_MESSAGE(applied.has_value(), applied.error().detail);
    market.open(6, 8);
}

std::unique_ptr<model::Runner> PostgresMarket::make_runner(model::RowStore& into) {
    model::RunnerOptions options;
    options.retry_first = std::chrono::milliseconds{20};
    options.retry_last = std::chrono::milliseconds{200};
    return std::make_unique<model::Runner>(log, vault, into, model::core_projections(), options);
}

bool PostgresMarket::caught_up(const model::Runner& runner) {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (runner.position(partition) != log.state(partition).place.seq) return false;
    }
    return true;
}

void PostgresMarket::follow() {
    const auto runner = make_runner(store);
    runner->start();
    const bool there = eventually([&] { return caught_up(*runner); });
    const std::string reason = runner->status().reason;
    runner->stop();
    REQUIRE_MESSAGE(there, reason);
}

void PostgresMarket::check_tables() {
    model::MemoryTables expected;
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        const auto entries = log.read(static_cast<PartitionId>(i), 0, 1U << 30);
        for (const LogEntry& entry : entries.value()) {
            const auto record = decode_record(entry.bytes).value();
            model::replay(expected, model::core_projections(), record, vault);
        }
    }
    const auto connection = postgres::connect({schema.url(), "test"});
    pqxx::work work{*connection};
    std::uint64_t rows = 0;
    for (const model::Table* table : model::tables::all) {
        INFO(table->name);
        const auto there = postgres::digest_of(work, *table, "");
        CHECK(there.rows == expected.rows(*table).size());
        CHECK(there.digest == expected.digest(*table));
        rows += there.rows;
    }
    CHECK(rows > 100);
}

}  // namespace pakashop::kit
