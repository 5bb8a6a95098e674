#include "aggregates/invoice_series.hpp"

#include <set>

#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

constexpr Instant noon{1'778'580'000'000};

InvoiceSeries::Allot allot(int n) {
    const std::string order = "ord_" + std::to_string(n);
    return {{"inv_" + order + "_1"}, {order}, {"shp_1"}, "1000000001", "20260512", noon};
}

NumberAllotted allotted(int n, std::int64_t sequence, std::string number) {
    const auto c = allot(n);
    return {c.invoice, c.order, c.shop, c.tpin, sequence, std::move(number), noon};
}

}  // namespace

TEST_CASE("numbers follow each other, and an invoice gets one only") {
    const auto first = Given<InvoiceSeries>{}.when(allot(7));
    first.yields({allotted(7, 1, "PKS-20260512-001")}).again().is_already_so();
    const auto second = first.when(allot(3));
    second.yields({allotted(3, 2, "PKS-20260512-002")});
    second.when(allot(7)).is_already_so();
}

TEST_CASE("the sequence grows beyond three digits") {
    InvoiceSeries::State state;
    state.last = 998;
    const auto number_after = [&] {
        const auto events = InvoiceSeries::decide(state, allot(1));
        ++state.last;
        return std::get<NumberAllotted>(events->at(0)).number;
    };
    CHECK(number_after() == "PKS-20260512-999");
    CHECK(number_after() == "PKS-20260512-1000");
}

TEST_CASE("a series with a gap is corrupt") {
    const auto second_first = allotted(1, 2, "PKS-20260512-002");
    CHECK_THROWS_AS(InvoiceSeries::evolve({}, second_first), CorruptStream);
}

TEST_CASE("whatever is asked for, the series has no gap and no number twice") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<InvoiceSeries> walk{"1000000001:20260512"};
        std::set<std::string> numbers;
        for (int i = 0; i < 200; ++i) {
            for (const auto& event : walk.step(allot(static_cast<int>(dice.between(1, 90))), false))
                CHECK(numbers.insert(std::get<NumberAllotted>(event).number).second);
            CHECK(walk.state().last == static_cast<std::int64_t>(numbers.size()));
        }
    }
}
