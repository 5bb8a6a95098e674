#include "projections/core.hpp"
#include "projections/memory_tables.hpp"
#include "projections/tables.hpp"
#include "tests/handlers/engine_rig.hpp"

/// A person's key is destroyed and everything is rebuilt from the log: what they were called is
/// gone, what they bought and paid is not (architecture 2.7).
using namespace pakashop;
using namespace pakashop::kit;

namespace {

const ProductId chair{"prd_chair"};

/// Every read model, from the first record of every partition.
model::MemoryTables rebuilt(EngineRig& rig, std::size_t& events) {
    model::MemoryTables tables;
    for (PartitionId partition = 0; partition < rig.log.partitions(); ++partition) {
        const auto entries = rig.log.read(partition, 0, SIZE_MAX);
        REQUIRE(entries.has_value());
        for (const LogEntry& entry : *entries) {
            const auto record = decode_record(entry.bytes);
            REQUIRE(record.has_value());
            events += record->record.events.size();
            model::replay(tables, model::core_projections(), *record, rig.vault);
        }
    }
    return tables;
}

Placed order_of(EngineRig& rig, const std::string& buyer, std::uint64_t n) {
    Basket wanted = basket({{chair, 1}}, "try_" + buyer);
    wanted.order = OrderId{"ord_" + buyer};
    wanted.buyer = UserId{"usr_" + buyer};
    wanted.address = {
        Subject{"usr_" + buyer},
        DeliveryAddress{"Name of " + buyer, "Phiri", "1 Cairo Road", "Lusaka", {}, "+26097", {}}
    };
    return rig.place(std::move(wanted), n);
}

}  // namespace

TEST_CASE("with a destroyed key everything rebuilds, without what that key had sealed") {
    EngineRig rig;
    rig.start();
    rig.offer_units(chair, 10);
    REQUIRE(order_of(rig, "mary", 1).kind == Placed::Kind::placed);
    REQUIRE(order_of(rig, "john", 2).kind == Placed::Kind::placed);
    rig.settle();
    std::size_t events = 0;
    const auto before = rebuilt(rig, events);
    const auto& orders = model::tables::orders;
    CHECK(before.find(orders, "ord_mary")->text("first_name") == "Name of mary");

    REQUIRE(rig.vault.destroy("usr_mary/person").has_value());
    std::size_t events_again = 0;
    const auto after = rebuilt(rig, events_again);
    CHECK(events == events_again);
    CHECK(events > 4);
    const model::Row* mary = after.find(orders, "ord_mary");
    REQUIRE(mary != nullptr);
    CHECK(mary->is_null("first_name"));
    CHECK(mary->is_null("line1"));
    CHECK(mary->integer("total") == 5'000);
    CHECK(after.find(orders, "ord_john")->text("first_name") == "Name of john");
    CHECK(after.digest(model::tables::order_items) == before.digest(model::tables::order_items));
}

TEST_CASE("an order whose buyer is forgotten still goes on") {
    EngineRig rig;
    rig.start();
    rig.offer_units(chair, 10);
    REQUIRE(order_of(rig, "mary", 1).kind == Placed::Kind::placed);
    REQUIRE(rig.vault.destroy("usr_mary/person").has_value());
    rig.stop();
    rig.start();
    const Answer cancelled =
        rig.ask(command_to<Order>("ord_mary", Order::Cancel{Canceller::admin, "forgotten", noon}, 9)
        );
    CHECK(cancelled.kind == Answer::Kind::committed);
    CHECK_FALSE(cancelled.commit->events.empty());
    rig.settle();
    CHECK(rig.state<Product>(chair.value).held == 0);
}
