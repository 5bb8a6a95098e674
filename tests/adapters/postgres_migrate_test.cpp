#include <array>
#include <thread>

#include <doctest/doctest.h>

#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/values.hpp"
#include "projections/tables.hpp"
#include "tests/adapters/postgres_world.hpp"

namespace pakashop::postgres {
namespace {

using kit::PostgresSchema;
using Kind = MigrateFailure::Kind;

constexpr std::array first_two{
    Migration{"0001_first", "CREATE TABLE first (id text PRIMARY KEY);"},
    Migration{"0002_second", "ALTER TABLE first ADD COLUMN name text;"}
};

TEST_CASE("migrations are applied once, in order") {
    const PostgresSchema schema;
    CHECK(migrated(schema.url(), first_two) == false);
    CHECK(
        migrate(schema.url(), first_two) == std::vector<std::string>{"0001_first", "0002_second"}
    );
    CHECK(migrate(schema.url(), first_two)->empty());
    CHECK(migrated(schema.url(), first_two) == true);
    CHECK(schema.run("SELECT count(*) FROM schema_migrations") == "2");
}

TEST_CASE("a migration that was edited after it was applied is refused") {
    const PostgresSchema schema;
    REQUIRE(migrate(schema.url(), first_two));
    auto edited = first_two;
    edited[0].sql = "CREATE TABLE first (id bigint PRIMARY KEY);";
    CHECK(migrate(schema.url(), edited).error().kind == Kind::drift);
    CHECK(migrated(schema.url(), edited).error().kind == Kind::drift);
}

TEST_CASE("a migration that slips in before an applied one is refused") {
    const PostgresSchema schema;
    REQUIRE(migrate(schema.url(), first_two));
    constexpr std::array late{first_two[0], Migration{"0001b_late", "SELECT 1"}, first_two[1]};
    CHECK(migrate(schema.url(), late).error().kind == Kind::drift);
}

TEST_CASE("a failing migration leaves nothing behind, and those before it stay") {
    const PostgresSchema schema;
    constexpr std::array broken{
        first_two[0],
        Migration{"0002_broken", "CREATE TABLE half (id text); SELECT no_such_function();"}
    };
    CHECK(migrate(schema.url(), broken).error().kind == Kind::refused);
    CHECK(schema.run("SELECT to_regclass('half')").empty());
    CHECK(schema.run("SELECT count(*) FROM schema_migrations") == "1");
}

TEST_CASE("several programs that migrate at once apply each step once") {
    const PostgresSchema schema;
    std::array<std::size_t, 4> applied{};
    {
        std::vector<std::jthread> all;
        for (std::size_t& each : applied) {
            all.emplace_back([&] { each = migrate(schema.url(), first_two).value().size(); });
        }
    }
    CHECK(applied[0] + applied[1] + applied[2] + applied[3] == 2);
}

TEST_CASE("what a newer program applied is left alone") {
    const PostgresSchema schema;
    REQUIRE(migrate(schema.url(), first_two));
    const std::span<const Migration> older{first_two.data(), 1};
    CHECK(migrate(schema.url(), older)->empty());
    CHECK(migrated(schema.url(), older) == true);
}

TEST_CASE("without a server the failure says so") {
    const std::string nobody = "postgresql://x:y@127.0.0.1:1/x";
    CHECK(migrate(nobody, first_two).error().kind == Kind::unavailable);
}

TEST_CASE("the migrations make exactly the tables that the projections declare") {
    const PostgresSchema schema;
    REQUIRE(migrate(schema.url(), migrations()));
    for (const model::Table* table : model::tables::all) {
        INFO(table->name);
        std::string declared;
        for (const model::Column& column : table->columns) {
            declared += std::string{column.name} + " " + std::string{sql_type(column.type)} + ";";
        }
        const std::string name{table->name};
        CHECK(
            schema.run(
                "SELECT string_agg(attname || ' ' || CASE atttypid::regtype::text WHEN "
                "'timestamp with time zone' THEN 'timestamptz' ELSE atttypid::regtype::text END "
                "|| ';', '' ORDER BY attnum) FROM pg_attribute WHERE attnum > 0 AND attrelid = "
                "to_regclass('" +
                name + "')"
            ) == declared
        );
        std::string key;
        for (const model::Column& column : table->columns.first(table->keys)) {
            key += (key.empty() ? "" : ", ") + std::string{column.name};
        }
        CHECK(
            schema.run(
                "SELECT substring(pg_get_indexdef(indexrelid) from '\\((.*)\\)') FROM pg_index "
                "WHERE indisprimary AND indrelid = to_regclass('" +
                name + "')"
            ) == key
        );
    }
    CHECK(
        schema.run("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()") ==
        std::to_string(model::tables::all.size() + 5)
    );
}

}  // namespace
}  // namespace pakashop::postgres
