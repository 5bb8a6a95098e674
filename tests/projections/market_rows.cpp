#include "tests/projections/market_rows.hpp"

#include "projections/core.hpp"
#include "projections/orders.hpp"
#include "projections/tables.hpp"
#include "tests/kit/market.hpp"

namespace pakashop::model {
namespace {

OrderLine line_of(const std::string& item, const ShopId& shop, std::int64_t ngwee) {
    return {
        {item},
        {"prd_" + item},
        shop,
        "Thing",
        "GDS-1",
        TaxCode::vat16,
        1,
        {ngwee},
        {ngwee},
        proportion({ngwee}, 16, 116),
        std::nullopt,
        Rate{50'000}
    };
}

}  // namespace

MemoryTables World::rows() {
    recorder.flush();
    MemoryTables tables;
    const auto entries = log.read(0, 0, 1U << 30);
    for (const LogEntry& entry : entries.value()) {
        replay(tables, core_projections(), decode_record(entry.bytes).value(), vault);
    }
    return tables;
}

const std::vector<OrderLine> two_lines{
    line_of("itm_1", first_shop, 10'000),
    line_of("itm_2", second_shop, 5'000)
};

void place(World& world) {
    world.commit(
        order.value,
        {{"order:ord_1",
          OrderEvent{OrderPlaced{
              order,
              buyer,
              {"try_1"},
              two_lines,
              {15'000},
              {2'069},
              {Subject{buyer.value},
               DeliveryAddress{
                   "Chanda",
                   "Mwila",
                   "Plot 1",
                   "Lusaka",
                   std::nullopt,
                   "+260971234567",
                   std::nullopt
               }},
              std::nullopt,
              world.now() + hours(24),
              world.now()
          }}}}
    );
}

void capture(World& world) {
    world.commit(
        order.value,
        {{"payment:ord_1",
          PaymentEvent{PaymentCaptured{
              {"pay_1"}, order, {15'000}, "tx", Evidence::mock, Invoicing::off, world.now()
          }}},
         {"order:ord_1",
          OrderEvent{OrderConfirmed{
              order, buyer, {"pay_1"}, {"try_1"}, two_lines, {15'000}, Invoicing::off, world.now()
          }}},
         {"settlement:ord_1",
          SettlementEvent{LinesHeld{order, kit::shares_of(two_lines), world.now()}}}}
    );
}

void accept(World& world, const ShopId& shop) {
    world.commit(order.value, {{"order:ord_1", OrderEvent{FulfilmentAccepted{shop}}}});
}

void of_payment(World& world, PaymentEvent event) {
    world.commit(order.value, {{"payment:ord_1", std::move(event)}});
}

PaymentStatus payment_status(const MemoryTables& rows) {
    return order_payment_status(*rows.find(tables::orders, order.value));
}

OrderStatus status(const MemoryTables& rows) {
    return order_status(
        *rows.find(tables::orders, order.value),
        rows.where(tables::fulfilments, "order_id", order.value)
    );
}

std::int64_t balance(const MemoryTables& rows, std::string_view account) {
    std::int64_t sum = 0;
    for (const Row& row : rows.rows(tables::ledger)) {
        if (row.text("credit") == account) sum += row.integer("amount");
        if (row.text("debit") == account) sum -= row.integer("amount");
    }
    return sum;
}

}  // namespace pakashop::model
