#include "handlers/policies/policies.hpp"

#include "aggregates/provider_reference.hpp"
#include "tests/handlers/one_key.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

using Streams = std::vector<std::string>;

PolicyContext context() { return {the_order.value, noon, hours(24)}; }

std::vector<StreamCommand> follow(AnyEvent event) { return apply_policies(event, context()); }

Streams streams(const AnyEvent& event) {
    Streams out;
    for (const StreamCommand& each : apply_policies(event, context())) out.push_back(each.stream);
    return out;
}

template <class Family, class Command>
const Command& command_in(const StreamCommand& sent) {
    return std::get<Command>(std::get<typename Family::Command>(sent.command));
}

const DeliveryId delivery{"dlv_ord_1_1"};
const InvoiceId invoice{"inv_ord_1_1"};
const PayoutId payout{"pot_shp_mwila_1"};

PinIssued pin(std::int64_t issue) {
    return {delivery, the_order, the_buyer, issue, noon + hours(24), noon};
}
OrderCancelled cancelled(bool after_payment) {
    return {the_order, the_try, all_lines(), after_payment, "changed my mind", noon};
}

}  // namespace

TEST_CASE("a placed order may be paid, for its total") {
    const auto sent = follow(OrderEvent{placed()});
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].stream == "payment:ord_1");
    CHECK(command_in<Payment, Payment::Open>(sent[0]).amount == the_total);
}

TEST_CASE("a confirmed order holds its lines, opens its delivery and asks for an invoice a shop") {
    const auto sent = follow(OrderEvent{confirmed()});
    REQUIRE(sent.size() == 4);
    CHECK(sent[0].stream == "settlement:ord_1");
    CHECK(sent[1].stream == "delivery:ord_1");
    CHECK(command_in<Delivery, Delivery::Open>(sent[1]).stops == std::vector{mwila, banda});
    CHECK(sent[2].stream == "invoice:inv_ord_1_1");
    CHECK(command_in<Invoice, Invoice::Request>(sent[2]).lines == mwilas_lines());
    CHECK(sent[3].stream == "invoice:inv_ord_1_2");
    CHECK(command_in<Invoice, Invoice::Request>(sent[3]).shop == banda);
}

TEST_CASE("with invoicing off nobody is asked for an invoice") {
    OrderConfirmed quiet = confirmed();
    quiet.invoicing = Invoicing::off;
    CHECK(streams(OrderEvent{quiet}) == Streams{"settlement:ord_1", "delivery:ord_1"});
}

TEST_CASE("parts on their way tell order and delivery about each other") {
    CHECK(streams(OrderEvent{FulfilmentReady{mwila}}) == Streams{"delivery:ord_1"});
    const StopPickedUp picked{delivery, the_order, mwila, rider, noon};
    CHECK(streams(DeliveryEvent{picked}) == Streams{"order:ord_1"});
    const DeliveryCompleted completed{delivery, the_order, {mwila}, noon};
    CHECK(streams(DeliveryEvent{completed}) == Streams{"order:ord_1"});
    const OrderDelivered delivered{the_order, {mwila}, noon};
    CHECK(streams(OrderEvent{delivered}) == Streams{"settlement:ord_1"});
}

TEST_CASE("a cancelled order takes no money, and a paid one gives up its money and its stops") {
    CHECK(streams(OrderEvent{cancelled(false)}) == Streams{"payment:ord_1"});
    const Streams all{"payment:ord_1", "settlement:ord_1", "delivery:ord_1"};
    CHECK(streams(OrderEvent{cancelled(true)}) == all);
    const OrderExpired expired{the_order, the_try, all_lines(), noon};
    CHECK(streams(OrderEvent{expired}) == Streams{"payment:ord_1"});
    FulfilmentCancelled part{the_order, mwila, the_try, mwilas_lines(), true, "sold out", noon};
    CHECK(streams(OrderEvent{part}) == Streams{"settlement:ord_1", "delivery:ord_1"});
    part.paid = false;
    CHECK(streams(OrderEvent{part}).empty());
}

TEST_CASE("an attempt to pay is one deposit, until its last word") {
    const PaymentInitiated initiated{
        first_payment,
        the_order,
        the_buyer,
        Provider::pawapay,
        Operator::mtn,
        provider_reference(first_payment),
        secret("+260970000001"),
        the_total,
        noon + minutes(15),
        noon
    };
    const auto sent = follow(PaymentEvent{initiated});
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].stream == "effect:eff_deposit_pay_ord_1_1");
    const auto& request = command_in<Effect, Effect::Request>(sent[0]);
    CHECK(request.kind == EffectKind::deposit);
    CHECK(request.subject == "pay_ord_1_1");
    CHECK(request.expires_at == noon + minutes(15) + hours(48));

    const std::vector<PaymentEvent> ends{
        AmountMismatch{first_payment, the_order, the_total, Money{1}, "tx", {}, noon},
        PaymentFailed{first_payment, the_order, {}, noon}
    };
    for (const PaymentEvent& end : ends)
        CHECK(streams(end) == Streams{"effect:eff_deposit_pay_ord_1_1"});
    const PaymentCaptured captured{
        first_payment, the_order, the_total, "tx", Evidence::status_query, Invoicing::mock, noon
    };
    CHECK(
        streams(PaymentEvent{captured}) == Streams{"order:ord_1", "effect:eff_deposit_pay_ord_1_1"}
    );
    // Its success may still come, and count.
    CHECK(streams(PaymentEvent{PaymentExpired{first_payment, the_order, noon}}).empty());
}

TEST_CASE("money that came too late is owed back at once") {
    const LateCapture late{first_payment, the_order, the_total, "tx", Evidence::status_query, noon};
    const auto sent = follow(PaymentEvent{late});
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].stream == "payment:ord_1");
    const auto& owe = command_in<Payment, Payment::OweRefund>(sent[0]);
    CHECK(owe.late == first_payment);
    CHECK(owe.amount == the_total);
    CHECK(sent[1].stream == "effect:eff_deposit_pay_ord_1_1");
}

TEST_CASE("a new PIN is sent, and the message of the old one is not") {
    const auto first = follow(DeliveryEvent{pin(1)});
    REQUIRE(first.size() == 1);
    CHECK(first[0].stream == "effect:eff_pin_dlv_ord_1_1_1");
    CHECK(command_in<Effect, Effect::Request>(first[0]).subject == "dlv_ord_1_1#1");
    CHECK(command_in<Effect, Effect::Request>(first[0]).expires_at == noon + hours(24));
    const Streams both{"effect:eff_pin_dlv_ord_1_1_1", "effect:eff_pin_dlv_ord_1_1_2"};
    CHECK(streams(DeliveryEvent{pin(2)}) == both);
}

TEST_CASE("a payout is one call, until it arrived or failed") {
    PayoutRequested requested;
    requested.payout = payout;
    const auto sent = follow(AccountEvent{requested});
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].stream == "effect:eff_payout_pot_shp_mwila_1");
    CHECK(command_in<Effect, Effect::Request>(sent[0]).subject == payout.value);
    PayoutCompleted completed;
    completed.payout = payout;
    PayoutFailed failed;
    failed.payout = payout;
    CHECK(streams(AccountEvent{completed}) == Streams{"effect:eff_payout_pot_shp_mwila_1"});
    CHECK(streams(AccountEvent{failed}) == Streams{"effect:eff_payout_pot_shp_mwila_1"});
    CHECK(streams(AccountEvent{PayoutReversed{}}).empty());
    CHECK(streams(AccountEvent{PayoutMismatched{}}).empty());
}

TEST_CASE("a numbered invoice is transmitted, again after each failure, until its last word") {
    const Streams its_effect{"effect:eff_zra_inv_ord_1_1"};
    InvoiceAttemptFailed attempt;
    attempt.invoice = invoice;
    attempt.retry_at = noon + minutes(5);
    const auto later = follow(InvoiceEvent{attempt});
    REQUIRE(later.size() == 1);
    CHECK(command_in<Effect, Effect::Reschedule>(later[0]).due_at == noon + minutes(5));
    InvoiceNumbered numbered;
    numbered.invoice = invoice;
    InvoiceSent sent;
    sent.invoice = invoice;
    InvoiceMocked mocked;
    mocked.invoice = invoice;
    InvoiceFailed failed;
    failed.invoice = invoice;
    InvoiceRetried retried;
    retried.invoice = invoice;
    for (const InvoiceEvent& event :
         std::vector<InvoiceEvent>{attempt, numbered, sent, mocked, failed, retried})
        CHECK(streams(event) == its_effect);
}

TEST_CASE("an approved shop has its TPIN checked, when it has one") {
    ShopApproved approved{mwila, the_buyer, std::nullopt, noon};
    CHECK(streams(ShopEvent{approved}).empty());
    approved.tpin = "1000000001";
    CHECK(streams(ShopEvent{approved}) == Streams{"effect:eff_tpin_shp_mwila"});
    const TpinChecked checked{mwila, "1000000001", true, noon};
    CHECK(streams(ShopEvent{checked}) == Streams{"effect:eff_tpin_shp_mwila"});
}
