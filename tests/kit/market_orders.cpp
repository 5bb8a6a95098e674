#include <algorithm>

#include "tests/kit/market.hpp"

/// What happens to an order once it is placed.
namespace pakashop::kit {
namespace {

std::vector<AccountLine> account_lines(
    const OrderId& order,
    const std::vector<SettlementShare>& shares,
    const ShopId& shop
) {
    std::vector<AccountLine> lines;
    for (const SettlementShare& share : shares) {
        if (share.shop == shop) lines.push_back({order, share.item, share.vendor_amount});
    }
    return lines;
}

std::vector<ItemId> items_of(const std::vector<OrderLine>& lines) {
    std::vector<ItemId> items;
    for (const OrderLine& line : lines) items.push_back(line.item);
    return items;
}

}  // namespace

void Market::finish_effect(const Sale& sale, const std::string& effect) {
    recorder_.commit(
        sale.key(), {{"effect:" + effect, EffectEvent{EffectFinished{{effect}, "done"}}}}
    );
}

bool Market::pay(const Sale& sale) {
    const std::string stream = "payment:" + sale.key();
    const EffectId effect{"eff_deposit_" + sale.payment.value};
    const std::string effects = "effect:" + effect.value;
    recorder_.commit(
        sale.key(),
        {{stream,
          PaymentEvent{PaymentInitiated{
              sale.payment,
              sale.order,
              sale.buyer,
              Provider::pawapay,
              Operator::airtel,
              "ref-" + sale.payment.value,
              about(sale.buyer, "+260971234567"),
              sale.total,
              now() + minutes(15),
              now()
          }}},
         {effects,
          EffectEvent{EffectRequested{
              effect, EffectKind::deposit, sale.payment.value, now(), now() + minutes(15), now()
          }}}}
    );
    recorder_.commit(
        sale.key(),
        {{effects,
          EffectEvent{EffectBegun{effect, EffectKind::deposit, 1, now() + seconds(30), now()}}}}
    );
    recorder_.commit(sale.key(), {{stream, PaymentEvent{PaymentPending{sale.payment, now()}}}});
    if (once_in(15)) {
        recorder_.commit(
            sale.key(),
            {{stream,
              PaymentEvent{PaymentFailed{
                  sale.payment, sale.order, {"PAYMENT_NOT_APPROVED", "declined"}, now()
              }}}}
        );
        finish_effect(sale, effect.value);
        return false;
    }
    if (once_in(40)) {
        recorder_.commit(
            sale.key(),
            {{stream,
              PaymentEvent{AmountMismatch{
                  sale.payment,
                  sale.order,
                  sale.total,
                  {sale.total.ngwee + 1},
                  "tx-" + sale.key(),
                  Evidence::signed_callback,
                  now()
              }}}}
        );
        return false;
    }
    return true;
}

void Market::confirm(const Sale& sale) {
    const std::string key = sale.key();
    const auto shops = shops_of(sale.lines);
    const auto shares = shares_of(sale.lines);
    std::vector<StreamEvent> events{
        {"payment:" + key,
         PaymentEvent{PaymentCaptured{
             sale.payment,
             sale.order,
             sale.total,
             "tx-" + key,
             Evidence::signed_callback,
             Invoicing::live,
             now()
         }}},
        {"order:" + key,
         OrderEvent{OrderConfirmed{
             sale.order,
             sale.buyer,
             sale.payment,
             sale.try_id,
             sale.lines,
             sale.total,
             Invoicing::live,
             now()
         }}},
        {"settlement:" + key, SettlementEvent{LinesHeld{sale.order, shares, now()}}},
        {"delivery:" + key,
         DeliveryEvent{DeliveryOpened{sale.delivery, sale.order, sale.buyer, shops, now()}}},
        {"delivery:" + key,
         DeliveryEvent{PinIssued{sale.delivery, sale.order, sale.buyer, 1, now() + hours(24), now()}
         }},
        {"effect:eff_deposit_" + sale.payment.value,
         EffectEvent{EffectFinished{{"eff_deposit_" + sale.payment.value}, "captured"}}}
    };
    recorder_.commit(key, std::move(events));
    for (const OrderLine& line : sale.lines) {
        recorder_.commit(
            line.product.value,
            {{"product:" + line.product.value,
              ProductEvent{HoldSold{
                  line.product, sale.order, {sale.try_id.value + line.item.value}, line.quantity
              }}}}
        );
    }
    for (const ShopId& shop : shops) {
        recorder_.commit(
            shop.value,
            {{"account:" + shop.value,
              AccountEvent{FundsHeld{shop, sale.order, account_lines(sale.order, shares, shop)}}}}
        );
    }
}

void Market::invoice(const Sale& sale) {
    std::size_t number = 0;
    for (const ShopId& shop : shops_of(sale.lines)) {
        std::vector<OrderLine> lines = sale.lines;
        std::erase_if(lines, [&](const OrderLine& line) { return line.shop != shop; });
        const InvoiceId invoice{"inv_" + sale.key() + "_" + std::to_string(++number)};
        const std::string stream = "invoice:" + invoice.value;
        const Money total = total_of(lines);
        std::vector<StreamEvent> events{
            {stream,
             InvoiceEvent{InvoiceRequested{
                 invoice, sale.order, shop, lines, total, proportion(total, 16, 116), now()
             }}},
            {stream,
             InvoiceEvent{
                 InvoiceNumbered{invoice, sale.order, shop, "1000000001", "PKS-20260512-001", now()}
             }},
            {stream,
             InvoiceEvent{InvoiceComposed{
                 invoice, {Subject{sale.buyer.value, SubjectClass::tax}, R"({"invoice":{}})"}
             }}}
        };
        if (once_in(8)) {
            events.push_back(
                {stream,
                 InvoiceEvent{
                     InvoiceAttemptFailed{invoice, 1, {"500", "oops"}, now() + minutes(5), now()}
                 }}
            );
        }
        events.push_back(
            {stream,
             InvoiceEvent{
                 InvoiceSent{invoice, sale.order, shop, "VSDC-1", R"({"receiptNumber":1})", now()}
             }}
        );
        recorder_.commit(sale.key(), std::move(events));
    }
}

void Market::prepare(const Sale& sale) {
    const std::string key = sale.key();
    for (const ShopId& shop : shops_of(sale.lines)) {
        recorder_.commit(key, {{"order:" + key, OrderEvent{FulfilmentAccepted{shop}}}});
        recorder_.commit(
            key,
            {{"order:" + key, OrderEvent{FulfilmentReady{shop}}},
             {"delivery:" + key, DeliveryEvent{StopReady{sale.delivery, sale.order, shop}}}}
        );
    }
    recorder_.commit(
        key,
        {{"delivery:" + key,
          DeliveryEvent{AgentAssigned{sale.delivery, sale.order, agent_, once_in(2), now()}}}}
    );
}

void Market::deliver(const Sale& sale) {
    const std::string key = sale.key();
    const auto shops = shops_of(sale.lines);
    const std::string delivery = "delivery:" + key;
    for (const ShopId& shop : shops) {
        recorder_.commit(
            key,
            {{delivery, DeliveryEvent{StopPickedUp{sale.delivery, sale.order, shop, agent_, now()}}
             },
             {"order:" + key, OrderEvent{FulfilmentPickedUp{shop, agent_}}}}
        );
    }
    if (once_in(5)) {
        recorder_.commit(
            key, {{delivery, DeliveryEvent{PinRefused{sale.delivery, 4, std::nullopt, now()}}}}
        );
    }
    const SignatureId signature{"sig_" + key + "_1"};
    recorder_.commit(
        key,
        {{delivery, DeliveryEvent{DeliveryDeparted{sale.delivery, sale.order, now()}}},
         {delivery,
          DeliveryEvent{PinAccepted{sale.delivery, sale.order, agent_, signature, 1, now()}}}}
    );
    const auto shares = shares_of(sale.lines);
    recorder_.commit(
        key,
        {{delivery,
          DeliveryEvent{ProofCaptured{
              sale.delivery,
              sale.order,
              signature,
              agent_,
              1,
              about(sale.buyer, "aGVsbG8="),
              about(sale.buyer, "[[{\"x\":1,\"y\":2,\"t\":3}]]"),
              about(sale.buyer, "Chanda"),
              std::nullopt,
              Sealed<Location>{Subject{sale.buyer.value}, Location{-15'000'000, 28'000'000}},
              sha256("legacy"),
              sha256(key),
              "c2ln",
              now()
          }}},
         {delivery, DeliveryEvent{DeliveryCompleted{sale.delivery, sale.order, shops, now()}}},
         {"order:" + key, OrderEvent{OrderDelivered{sale.order, shops, now()}}},
         {"settlement:" + key, SettlementEvent{LinesReleased{sale.order, shares, now()}}}}
    );
    for (const ShopId& shop : shops) {
        recorder_.commit(
            shop.value,
            {{"account:" + shop.value,
              AccountEvent{FundsReleased{shop, sale.order, account_lines(sale.order, shares, shop)}}
            }}
        );
    }
}

void Market::pay_out(const Sale& sale) {
    const auto all = shares_of(sale.lines);
    const std::string settlement = "settlement:" + sale.key();
    for (const ShopId& shop : shops_of(sale.lines)) {
        auto shares = all;
        std::erase_if(shares, [&](const SettlementShare& share) { return share.shop != shop; });
        const PayoutId payout{"pot_" + shop.value + "_" + std::to_string(++payouts_)};
        const auto lines = account_lines(sale.order, shares, shop);
        Money sum;
        for (const AccountLine& line : lines) sum.ngwee += line.amount.ngwee;
        const std::string account = "account:" + shop.value;
        recorder_.commit(
            shop.value,
            {{account,
              AccountEvent{PayoutRequested{
                  payout,
                  shop,
                  sum,
                  lines,
                  Operator::mtn,
                  about({"usr_owner1"}, "+260960000001"),
                  "+26096*****01",
                  "ref-" + payout.value,
                  now()
              }}}}
        );
        recorder_.commit(
            sale.key(), {{settlement, SettlementEvent{LinesInPayout{sale.order, payout, shares}}}}
        );
        if (once_in(6)) {
            recorder_.commit(
                shop.value,
                {{account,
                  AccountEvent{PayoutFailed{payout, shop, sum, lines, {"CLOSED", "no"}, now()}}}}
            );
            recorder_.commit(
                sale.key(),
                {{settlement, SettlementEvent{LinesReturned{sale.order, payout, shares, "CLOSED"}}}}
            );
            continue;
        }
        recorder_.commit(
            shop.value,
            {{account, AccountEvent{PayoutAccepted{payout, now()}}},
             {account, AccountEvent{PayoutCompleted{payout, shop, sum, lines, "tx", now()}}}}
        );
        recorder_.commit(
            sale.key(), {{settlement, SettlementEvent{LinesPaidOut{sale.order, payout, shares}}}}
        );
        if (!once_in(9)) continue;
        recorder_.commit(
            shop.value,
            {{account,
              AccountEvent{PayoutReversed{payout, shop, sum, lines, {"BACK", "no"}, now()}}}}
        );
        recorder_.commit(
            sale.key(),
            {{settlement, SettlementEvent{LinesReversed{sale.order, payout, shares, "BACK"}}}}
        );
    }
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
