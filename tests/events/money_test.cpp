#include "events/kernel/money.hpp"

#include <limits>

#include <doctest/doctest.h>

namespace pakashop {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST_CASE("a proportion rounds once, half away from zero") {
    struct Row {
        std::int64_t amount, numerator, denominator, expected;
    };
    const Row rows[] = {
        {100, 1, 2, 50},
        {101, 1, 2, 51},
        {-101, 1, 2, -51},
        {99, 1, 2, 50},
        {1, 1, 3, 0},
        {2, 1, 3, 1},
        {-2, 1, 3, -1},
        {5, 1, 10, 1},
        {4, 1, 10, 0},
        {-5, 1, 10, -1},
        {-4, 1, 10, 0},
        {0, 7, 9, 0},
        {500'000, 16, 116, 68'966},
        {most, 1, 1, most},
        {least, 1, 1, least},
        {most, 999'999, 1'000'000, 9'223'362'813'482'738'952},
    };
    for (const Row& row : rows) {
        CAPTURE(row.amount);
        CHECK(proportion({row.amount}, row.numerator, row.denominator) == Money{row.expected});
    }
}

TEST_CASE("rates and the VAT inside a price round half up") {
    CHECK(Money{10'000} * Rate{50'000} == Money{500});
    CHECK(Money{1} * Rate{500'000} == Money{1});
    CHECK(Money{1} * Rate{499'999} == Money{0});
    CHECK(vat_inside({500'000}, {160'000}) == Money{68'966});
    CHECK(vat_inside({116}, {160'000}) == Money{16});
    CHECK(vat_inside({0}, {160'000}) == Money{0});
    CHECK(vat_inside({500'000}, {0}) == Money{0});
}

TEST_CASE("an allocation adds up to the ngwee, the largest remainders first") {
    using Weights = std::vector<std::int64_t>;
    const auto parts = [](std::int64_t whole, const Weights& weights) {
        std::vector<std::int64_t> out;
        for (const Money part : allocate({whole}, weights)) out.push_back(part.ngwee);
        return out;
    };
    CHECK(parts(100, {1, 1, 1}) == Weights{34, 33, 33});
    CHECK(parts(101, {1, 1, 1}) == Weights{34, 34, 33});
    CHECK(parts(0, {3, 5}) == Weights{0, 0});
    CHECK(parts(7, {0, 1, 0}) == Weights{0, 7, 0});
    CHECK(parts(10, {1, 2, 4}) == Weights{1, 3, 6});
    CHECK(parts(most, {most, most}) == Weights{most / 2 + 1, most / 2});
    for (std::int64_t whole = 0; whole < 500; ++whole) {
        const Weights weights{whole % 7, 3, whole % 11 + 1, 0, 1'000'003};
        std::int64_t total = 0;
        for (const std::int64_t part : parts(whole, weights)) {
            CHECK(part >= 0);
            total += part;
        }
        CHECK(total == whole);
    }
}

TEST_CASE("checked money says when it does not fit") {
    CHECK(checked_add({most}, {1}) == std::nullopt);
    CHECK(checked_add({least}, {-1}) == std::nullopt);
    CHECK(checked_add({most}, {least}) == Money{-1});
    CHECK(checked_times({most}, 2) == std::nullopt);
    CHECK(checked_times({least}, -1) == std::nullopt);
    CHECK(checked_times({-3}, 4) == Money{-12});
    const std::vector<Money> parts{{1}, {-5}, {10}};
    CHECK(sum(parts) == Money{6});
}

TEST_CASE("money is written with two decimals and read back") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "0.00"},
        {1, "0.01"},
        {-1, "-0.01"},
        {100, "1.00"},
        {500'000, "5000.00"},
        {-12'345, "-123.45"},
        {most, "92233720368547758.07"}
    };
    for (const auto& [ngwee, text] : rows) {
        CHECK(to_decimal(Money{ngwee}) == text);
        CHECK(parse_decimal(text) == Money{ngwee});
    }
    CHECK(to_decimal(Money{least}) == "-92233720368547758.08");
    CHECK(parse_decimal("5") == Money{500});
    CHECK(parse_decimal("5.5") == Money{550});
}

TEST_CASE("what is not money is refused") {
    for (const char* text :
         {"",
          "-",
          ".",
          ".5",
          "5.",
          "00.5",
          "01",
          "1e3",
          "1,00",
          "1.000",
          " 1",
          "1 ",
          "+1",
          "--1",
          "0x1",
          "1.-1",
          "92233720368547758.08",
          "1.0.0",
          "1_0",
          "\u0661"}) {
        CAPTURE(text);
        CHECK(parse_decimal(text) == std::nullopt);
    }
}

TEST_CASE("a rate is written with as few decimals as it needs") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "0"}, {50'000, "0.05"}, {160'000, "0.16"}, {1, "0.000001"}, {1'000'000, "1"}
    };
    for (const auto& [ppm, text] : rows) {
        CHECK(to_decimal(Rate{ppm}) == text);
        CHECK(parse_rate(text) == Rate{ppm});
    }
    for (const char* text : {"", "1.000001", "2", "-0.1", "0.0000001", "16%", ".5"}) {
        CAPTURE(text);
        CHECK(parse_rate(text) == std::nullopt);
    }
}

}  // namespace
}  // namespace pakashop
