#include "tests/kit/market.hpp"

/// An order on its way from payment to the door.
namespace pakashop::kit {
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

}  // namespace pakashop::kit
