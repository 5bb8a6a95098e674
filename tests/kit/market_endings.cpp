#include "tests/kit/market.hpp"

/// How an order ends: its money is paid out, or it expires or is cancelled, in part or whole.
namespace pakashop::kit {
namespace {

std::vector<ItemId> items_of(const std::vector<OrderLine>& lines) {
    std::vector<ItemId> items;
    for (const OrderLine& line : lines) items.push_back(line.item);
    return items;
}

}  // namespace

// What one shop gets for one order: paid out, sent back, or taken back after it was paid out.
void Market::pay_out_shop(const Sale& sale, const ShopId& shop) {
    auto shares = shares_of(sale.lines);
    std::erase_if(shares, [&](const SettlementShare& share) { return share.shop != shop; });
    const PayoutId payout{"pot_" + shop.value + "_" + std::to_string(++payouts_)};
    const auto lines = account_lines(sale.order, shares, shop);
    Money sum;
    for (const AccountLine& line : lines) sum.ngwee += line.amount.ngwee;
    const auto of_account = [&](std::vector<AccountEvent> events) {
        std::vector<StreamEvent> out;
        for (AccountEvent& event : events)
            out.push_back({"account:" + shop.value, std::move(event)});
        recorder_.commit(shop.value, std::move(out));
    };
    const auto of_settlement = [&](SettlementEvent event) {
        recorder_.commit(sale.key(), {{"settlement:" + sale.key(), std::move(event)}});
    };
    of_account({PayoutRequested{
        payout,
        shop,
        sum,
        lines,
        Operator::mtn,
        about({"usr_owner1"}, "+260960000001"),
        "+26096*****01",
        "ref-" + payout.value,
        now()
    }});
    of_settlement(LinesInPayout{sale.order, payout, shares});
    if (once_in(6)) {
        of_account({PayoutFailed{payout, shop, sum, lines, {"CLOSED", "no"}, now()}});
        return of_settlement(LinesReturned{sale.order, payout, shares, "CLOSED"});
    }
    of_account(
        {PayoutAccepted{payout, now()}, PayoutCompleted{payout, shop, sum, lines, "tx", now()}}
    );
    of_settlement(LinesPaidOut{sale.order, payout, shares});
    if (!once_in(9)) return;
    of_account({PayoutReversed{payout, shop, sum, lines, {"BACK", "no"}, now()}});
    of_settlement(LinesReversed{sale.order, payout, shares, "BACK"});
}

void Market::pay_out(const Sale& sale) {
    for (const ShopId& shop : shops_of(sale.lines)) pay_out_shop(sale, shop);
}

void Market::release_holds(const Sale& sale) {
    for (const OrderLine& line : sale.lines) {
        recorder_.commit(
            line.product.value,
            {{"product:" + line.product.value,
              ProductEvent{HoldReleased{
                  line.product, sale.order, {sale.try_id.value + line.item.value}, line.quantity
              }}}}
        );
    }
}

void Market::expire(const Sale& sale) {
    recorder_.commit(
        sale.key(),
        {{"order:" + sale.key(),
          OrderEvent{OrderExpired{sale.order, sale.try_id, sale.lines, now()}}},
         {"payment:" + sale.key(), PaymentEvent{PaymentClosed{sale.order, "EXPIRED"}}}}
    );
    release_holds(sale);
}

void Market::cancel(const Sale& sale, bool paid) {
    const std::string key = sale.key();
    std::vector<StreamEvent> events{
        {"order:" + key,
         OrderEvent{
             OrderCancelled{sale.order, sale.try_id, sale.lines, paid, "changed my mind", now()}
         }},
        {"payment:" + key, PaymentEvent{PaymentClosed{sale.order, "CANCELLED"}}}
    };
    if (paid) {
        const auto shares = shares_of(sale.lines);
        events.push_back(
            {"settlement:" + key, SettlementEvent{LinesCancelled{sale.order, shares, now()}}}
        );
        events.push_back(
            {"payment:" + key,
             PaymentEvent{RefundOwed{
                 sale.order,
                 {"rfd_" + key + "_1"},
                 sale.total,
                 items_of(sale.lines),
                 "cancelled",
                 now()
             }}}
        );
    }
    recorder_.commit(key, std::move(events));
    if (!paid) release_holds(sale);
}

// One line's shop gives its part up; what follows pretends that it did not, which read models must
// bear as well.
void Market::cancel_part(const Sale& sale) {
    const ShopId shop = sale.lines.front().shop;
    std::vector<OrderLine> lines = sale.lines;
    std::erase_if(lines, [&](const OrderLine& line) { return line.shop != shop; });
    recorder_.commit(
        sale.key(),
        {{"order:" + sale.key(),
          OrderEvent{
              FulfilmentCancelled{sale.order, shop, sale.try_id, lines, true, "out of it", now()}
          }},
         {"delivery:" + sale.key(), DeliveryEvent{StopDropped{sale.delivery, sale.order, shop}}}}
    );
    for (const OrderLine& line : lines) {
        recorder_.commit(
            line.product.value,
            {{"product:" + line.product.value,
              ProductEvent{UnitsReturned{line.product, sale.order, line.quantity}}}}
        );
    }
}

}  // namespace pakashop::kit
