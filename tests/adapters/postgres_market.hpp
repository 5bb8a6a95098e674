#pragma once

#include <memory>

#include "adapters/memory/memory_log.hpp"
#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/row_store.hpp"
#include "projections/runner.hpp"
#include "tests/adapters/postgres_world.hpp"
#include "tests/kit/eventually.hpp"
#include "tests/kit/market.hpp"
#include "tests/kit/plain_vault.hpp"

namespace pakashop::kit {

/// A market in a memory log, and a migrated schema for its read models.
class PostgresMarket {
public:
    explicit PostgresMarket(std::uint64_t seed = 1, std::uint32_t partitions = 4);

    std::unique_ptr<model::Runner> make_runner(model::RowStore& into);
    /// A runner of its own brings the tables up to the end of the log.
    void follow();
    bool caught_up(const model::Runner& runner);
    /// Every table against the same events one by one in memory, each compared.
    void check_tables();

    PostgresSchema schema;
    MemoryLog log;
    PlainVault vault;
    EventRecorder recorder;
    Market market;
    postgres::RowStore store;
};

}  // namespace pakashop::kit
