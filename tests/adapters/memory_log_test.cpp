#include "adapters/memory/memory_log.hpp"

#include "tests/contracts/log_contract.hpp"

namespace pakashop {
namespace {

class MemoryBench final : public contract::LogBench {
public:
    Log& log() override { return log_; }
    Store& store() override { return log_; }

private:
    MemoryLog log_{"g1", 4};
};

AppendOutcome append_two(MemoryLog& log, AppendFault fault) {
    kit::RecordMaker maker{"g1", 0, log.state(0), 9};
    maker.announce();
    maker.checkpoint("here");
    log.fail_next(fault);
    return contract::append(log, maker).at(0);
}

TEST_CASE("the memory log keeps the contract") {
    contract::check_log([] { return std::make_unique<MemoryBench>(); });
}

TEST_CASE("the memory log fails as it is told, once") {
    MemoryLog log{"g1", 1};
    CHECK(append_two(log, AppendFault::none) == AppendOutcome::durable);
    CHECK(append_two(log, AppendFault::unknown_written) == AppendOutcome::unknown);
    CHECK(log.end(0).value() == 4);
    CHECK(append_two(log, AppendFault::unknown_lost) == AppendOutcome::unknown);
    CHECK(log.end(0).value() == 4);
    CHECK(append_two(log, AppendFault::partly_written) == AppendOutcome::unknown);
    CHECK(log.end(0).value() == 5);
    CHECK(append_two(log, AppendFault::storage_low) == AppendOutcome::storage_low);
    CHECK(log.end(0).value() == 5);
    CHECK(append_two(log, AppendFault::regressed) == AppendOutcome::regressed);
    CHECK(log.end(0).value() == 4);
    CHECK(append_two(log, AppendFault::none) == AppendOutcome::durable);
    CHECK(log.end(0).value() == 6);
}

TEST_CASE("records that the memory log loses are gone from its indexes too") {
    MemoryLog log{"g1", 1};
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    maker.commit("ord_1", 1, {{"order:ord_1"}});
    maker.commit("ord_1", 2, {{"order:ord_1"}});
    contract::append(log, maker);
    log.lose_tail(0, 1);
    CHECK(log.end(0).value() == 2);
    CHECK(log.find_command(0, kit::numbered(1)).has_value());
    CHECK_FALSE(log.find_command(0, kit::numbered(2)).has_value());
    CHECK(log.stream(0, "order:ord_1", 0).size() == 1);
    log.lose_tail(0, 100);
    CHECK(log.state(0) == Admission{"g1", 0}.state());
}

}  // namespace
}  // namespace pakashop
