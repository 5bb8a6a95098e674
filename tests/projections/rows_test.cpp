#include "projections/rows.hpp"

#include <doctest/doctest.h>

#include "projections/changes.hpp"
#include "projections/memory_tables.hpp"
#include "tests/kit/memory_row_store.hpp"
#include "tests/kit/walk.hpp"

namespace pakashop::model {
namespace {

constexpr std::array columns{
    Column{"id", ColumnType::text},
    Column{"name", ColumnType::text},
    Column{"count", ColumnType::integer},
    Column{"sum", ColumnType::integer},
};
constexpr Table things{"things", columns};

const Row& only_row(const MemoryTables& tables) {
    const Row* row = tables.find(things, "a");
    REQUIRE(row != nullptr);
    return *row;
}

TEST_CASE("an inserted row takes the place of the one before it, whole") {
    MemoryTables tables;
    tables.apply(insert(things, {{"id", std::string{"a"}}, {"name", std::string{"first"}}}));
    tables.apply(insert(things, {{"id", std::string{"a"}}, {"count", std::int64_t{2}}}));
    CHECK(only_row(tables).is_null("name"));
    CHECK(only_row(tables).integer("count") == 2);
    CHECK(tables.rows(things).size() == 1);
}

TEST_CASE("a patch of a row that is not there changes nothing") {
    MemoryTables tables;
    tables.apply(patch(things, {std::string{"a"}}, {{"name", std::string{"x"}}}));
    CHECK(tables.rows(things).empty());
}

TEST_CASE("an addition takes nothing for zero, and makes the row when there is none") {
    MemoryTables tables;
    tables.apply(add(things, {std::string{"a"}}, {{"sum", 5}}, {{"name", std::string{"made"}}}));
    tables.apply(add(things, {std::string{"a"}}, {{"sum", -2}, {"count", 1}}));
    CHECK(only_row(tables).integer("sum") == 3);
    CHECK(only_row(tables).integer("count") == 1);
    CHECK(only_row(tables).text("name") == "made");
}

TEST_CASE("a text cannot bring the one character that PostgreSQL refuses") {
    MemoryTables tables;
    const std::string name{"a\0b", 3};
    tables.apply(insert(things, {{"id", std::string{"a"}}, {"name", name}}));
    CHECK(
        only_row(tables).text("name") ==
        "a\xef\xbf\xbd"
        "b"
    );
}

TEST_CASE("the digest tells rows apart that look alike") {
    const auto digest = [](Value name, Value count) {
        MemoryTables tables;
        tables.apply(insert(things, {{"id", std::string{"a"}}, {"name", name}, {"count", count}}));
        return tables.digest(things);
    };
    CHECK(digest(std::string{}, {}) != digest({}, {}));
    CHECK(digest(std::string{"1"}, {}) != digest({}, std::int64_t{1}));
    CHECK(digest(std::string{"x"}, std::int64_t{1}) == digest(std::string{"x"}, std::int64_t{1}));
}

RowChange random_change(kit::Dice& dice) {
    const Key key{std::string(1, static_cast<char>('a' + dice.between(0, 2)))};
    const std::int64_t number = dice.between(-9, 9);
    switch (dice.between(0, 6)) {
        case 0:
            return insert(things, {{"id", key[0]}, {"sum", number}});
        case 1:
            return remove(things, key);
        case 2:
            return patch(things, key, {{"name", std::to_string(number)}});
        case 3:
            return patch(things, key, {{"sum", number}, {"name", Value{}}});
        case 4:
            return patch(things, key, {{"count", Value{}}});
        case 5:
            return add(things, key, {{"sum", number}}, {{"name", std::string{"new"}}});
        default:
            return add(things, key, {{"sum", number}, {"count", 1}});
    }
}

TEST_CASE("changes merged over batches of any size come to the same rows as one by one") {
    std::size_t compared = 0;
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        kit::Dice dice{seed};
        MemoryTables one_by_one;
        kit::MemoryRowStore merged;
        for (int batch = 0; batch < 4; ++batch) {
            ChangeSet changes;
            const auto size = dice.between(1, 8);
            for (int i = 0; i < size; ++i) {
                RowChange change = random_change(dice);
                one_by_one.apply(change);
                changes.take(std::move(change));
            }
            merged.apply("core", changes, {});
            INFO("seed ", seed, ", batch ", batch);
            REQUIRE(merged.digest(things) == one_by_one.digest(things));
            ++compared;
        }
    }
    CHECK(compared == 8'000);
}

}  // namespace
}  // namespace pakashop::model
