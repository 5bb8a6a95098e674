#include "aggregates/payment.hpp"

#include <algorithm>

#include "aggregates/provider_reference.hpp"
#include "tests/aggregates/order_world.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Payment::Refusal;

namespace {

constexpr Instant later = noon + minutes(3);
constexpr Instant timeout = noon + minutes(15);
const PaymentId second_payment{"pay_ord_1_2"};
const PaymentId foreign{"pay_ord_9_1"};

const Payment::Initiate
    initiate{Provider::pawapay, Operator::mtn, secret("+260970000001"), minutes(15), noon};
const PaymentOpened opened{the_order, the_buyer, the_total, noon};

PaymentInitiated initiated(const PaymentId& payment, Instant at) {
    return {
        payment,
        the_order,
        the_buyer,
        Provider::pawapay,
        Operator::mtn,
        provider_reference(payment),
        secret("+260970000001"),
        the_total,
        at + minutes(15),
        at
    };
}
PaymentCaptured captured(const PaymentId& payment) {
    return {
        payment, the_order, the_total, "tx-1", Evidence::signed_callback, Invoicing::live, later
    };
}
Payment::RecordCapture capture(const PaymentId& payment, Money amount = the_total) {
    return {payment, amount, "tx-1", Evidence::signed_callback, Invoicing::live, later};
}
LateCapture late(const PaymentId& payment) {
    return {payment, the_order, the_total, "tx-1", Evidence::signed_callback, later};
}
const ProviderFailure declined{"PAYER_LIMIT_REACHED", "over the limit"};
const PaymentFailed failed{first_payment, the_order, declined, later};
const PaymentExpired expired{first_payment, the_order, timeout};
const PaymentClosed closed{the_order, "EXPIRED"};

const Given<Payment> nothing;
const Given<Payment> open{{opened}};
const Given<Payment> trying{{opened, initiated(first_payment, noon)}};
const Given<Payment> paid{{opened, initiated(first_payment, noon), captured(first_payment)}};

}  // namespace

TEST_CASE("a payment is opened once, for the order's total") {
    const Payment::Open command{the_order, the_buyer, the_total, noon};
    nothing.when(command).yields({opened}).again().is_already_so();
    CHECK(Payment::status(nothing.state()) == PaymentStatus::pending);
    CHECK(Payment::latest(open.state()) == nullptr);
}

TEST_CASE("one attempt at a time, numbered, under a reference of its own") {
    nothing.when(initiate).refuses(not_found);
    const auto first = open.when(initiate);
    first.yields({initiated(first_payment, noon)}).again().refuses(payment_in_progress);
    CHECK(Payment::latest(first.state())->phone.version == 2);
    CHECK(Payment::latest(first.state())->status == AttemptStatus::initiated);
    paid.when(initiate).refuses(already_paid);
    open.when(Payment::Close{"EXPIRED", later}).when(initiate).refuses(stock_not_held);
}

TEST_CASE("after a failure, or past its time, another attempt may follow") {
    Payment::Initiate next = initiate;
    next.now = later;
    Given<Payment>{{opened, initiated(first_payment, noon), failed}}.when(next).yields(
        {initiated(second_payment, later)}
    );
    next.now = timeout;
    trying.when(next).yields({expired, initiated(second_payment, timeout)});
}

TEST_CASE("the provider takes an attempt once") {
    const Payment::RecordPending pending{first_payment, later};
    nothing.when(pending).refuses(not_found);
    trying.when(Payment::RecordPending{foreign, later}).refuses(not_found);
    const auto taken = trying.when(pending);
    taken.yields({PaymentPending{first_payment, later}}).again().is_already_so();
    CHECK(Payment::find(taken.state(), first_payment)->status == AttemptStatus::pending);
    paid.when(pending).is_already_so();
}

TEST_CASE("a capture pays the order once") {
    nothing.when(capture(first_payment)).is_already_so();
    trying.when(capture(foreign)).is_already_so();
    const auto done = trying.when(capture(first_payment));
    done.yields({captured(first_payment)}).again().is_already_so();
    CHECK(Payment::status(done.state()) == PaymentStatus::paid);
}

TEST_CASE("late success wins the truth, after a failure and after a time-out") {
    for (const PaymentEvent& end : std::vector<PaymentEvent>{failed, expired}) {
        const Given<Payment> ended{{opened, initiated(first_payment, noon), end}};
        CHECK(Payment::status(ended.state()) == PaymentStatus::failed);
        ended.when(capture(first_payment)).yields({captured(first_payment)});
    }
}

TEST_CASE("another amount than was asked for is kept in suspense until the right one is proven") {
    const Money one_kwacha{100};
    const auto wrong = trying.when(capture(first_payment, one_kwacha));
    wrong.yields({AmountMismatch{
        first_payment, the_order, the_total, one_kwacha, "tx-1", Evidence::signed_callback, later
    }});
    wrong.again().is_already_so();
    wrong.when(capture(first_payment, Money{200})).is_already_so();
    PaymentCaptured right = captured(first_payment);
    right.corrects = one_kwacha;
    const auto mended = wrong.when(capture(first_payment));
    mended.yields({right}).again().is_already_so();
    CHECK(Payment::status(mended.state()) == PaymentStatus::paid);
    wrong.when(Payment::Close{"EXPIRED", later}).when(capture(first_payment)).is_already_so();
    CHECK(Payment::latest(wrong.state())->status == AttemptStatus::unknown);
    CHECK(Payment::status(wrong.state()) == PaymentStatus::pending);
    Payment::Initiate next = initiate;
    next.now = later;
    wrong.when(next).yields({initiated(second_payment, later)});
}

TEST_CASE("a capture too many, or after closing, is late") {
    const Given<Payment> twice{
        {opened, initiated(first_payment, noon), failed, initiated(second_payment, later)}
    };
    const auto both = twice.when(capture(second_payment)).when(capture(first_payment));
    both.yields({late(first_payment)}).again().is_already_so();
    const auto gone = trying.when(Payment::Close{"EXPIRED", later});
    gone.when(capture(first_payment)).yields({late(first_payment)}).again().is_already_so();
}

TEST_CASE("a late capture is owed back whole and once, beside what the order's own money owes") {
    const Payment::OweRefund owe{Money{1}, {}, "late_capture", later, first_payment};
    const RefundOwed owed{
        the_order, RefundId{"rfd_ord_1_1"}, the_total, {}, "late_capture", later, first_payment
    };
    nothing.when(owe).is_already_so();
    trying.when(owe).is_already_so();
    paid.when(owe).is_already_so();
    const auto gone = trying.when(Payment::Close{"EXPIRED", later}).when(capture(first_payment));
    gone.when(owe).yields({owed}).again().is_already_so();
    CHECK(Payment::status(gone.state()) == PaymentStatus::paid);
    const Given<Payment> twice{
        {opened,
         initiated(first_payment, noon),
         failed,
         initiated(second_payment, later),
         captured(second_payment),
         late(first_payment)}
    };
    const Payment::OweRefund all{the_total, {ItemId{"itm_ord_1_1"}}, "cancelled", later};
    const auto both = twice.when(owe).when(all);
    both.yields({RefundOwed{
        the_order, RefundId{"rfd_ord_1_2"}, the_total, {ItemId{"itm_ord_1_1"}}, "cancelled", later
    }});
}

TEST_CASE("the attempt whose money came tells how the payment stands, else the newest") {
    CHECK(Payment::telling(nothing.state()) == nullptr);
    CHECK(Payment::telling(open.state()) == nullptr);
    const Given<Payment> second{
        {opened, initiated(first_payment, noon), failed, initiated(second_payment, later)}
    };
    CHECK(Payment::telling(second.state())->payment == second_payment);
    const auto first_after_all = second.when(capture(first_payment));
    CHECK(Payment::telling(first_after_all.state())->payment == first_payment);
    const auto late_too = first_after_all.when(capture(second_payment));
    CHECK(Payment::telling(late_too.state())->payment == first_payment);
    const auto late_alone =
        second.when(Payment::Close{"EXPIRED", later}).when(capture(first_payment));
    CHECK(Payment::telling(late_alone.state())->payment == first_payment);
}

TEST_CASE("money of another amount is being looked at, whatever was said before") {
    for (const PaymentEvent& end : std::vector<PaymentEvent>{failed, expired}) {
        const Given<Payment> ended{{opened, initiated(first_payment, noon), end}};
        const auto wrong = ended.when(capture(first_payment, Money{100}));
        CHECK(Payment::status(wrong.state()) == PaymentStatus::pending);
    }
}

TEST_CASE("a failure is recorded while nothing final is known") {
    const Payment::RecordFailure failure{first_payment, declined, later};
    nothing.when(failure).is_already_so();
    trying.when(Payment::RecordFailure{foreign, declined, later}).is_already_so();
    const auto done = trying.when(failure);
    done.yields({failed}).again().is_already_so();
    CHECK(Payment::latest(done.state())->failure == declined);
    CHECK(Payment::status(done.state()) == PaymentStatus::failed);
    paid.when(failure).is_already_so();
}

TEST_CASE("an attempt expires when its time is up") {
    nothing.when(Payment::Expire{first_payment, timeout}).refuses(not_found);
    trying.when(Payment::Expire{foreign, timeout}).refuses(not_found);
    trying.when(Payment::Expire{first_payment, timeout - milliseconds(1)}).refuses(not_due);
    trying.when(Payment::Expire{first_payment, timeout}).yields({expired}).again().is_already_so();
    paid.when(Payment::Expire{first_payment, timeout}).is_already_so();
}

TEST_CASE("a gone order closes its payment once") {
    const Payment::Close close{"EXPIRED", later};
    nothing.when(close).is_already_so();
    open.when(close).yields({closed}).again().is_already_so();
    CHECK(Payment::closed(open.when(close).state()));
    CHECK_FALSE(Payment::closed(nothing.state()));
    CHECK_FALSE(Payment::closed(open.state()));
}

TEST_CASE("each cancelled line is owed back once, and never more than was captured") {
    const ItemId first{"itm_ord_1_1"}, second{"itm_ord_1_2"};
    const Payment::OweRefund owe{Money{500'000}, {first}, "cancelled", later};
    nothing.when(owe).is_already_so();
    trying.when(owe).is_already_so();
    const auto owed = paid.when(owe);
    owed.yields({RefundOwed{
        the_order, RefundId{"rfd_ord_1_1"}, Money{500'000}, {first}, "cancelled", later
    }});
    owed.again().is_already_so();
    const auto rest = owed.when(Payment::OweRefund{Money{900'000}, {second}, "cancelled", later});
    rest.yields({RefundOwed{
        the_order, RefundId{"rfd_ord_1_2"}, Money{25'343}, {second}, "cancelled", later
    }});
    rest.when(Payment::OweRefund{Money{1}, {ItemId{"itm_ord_1_3"}}, "cancelled", later})
        .is_already_so();
    CHECK(Payment::status(rest.state()) == PaymentStatus::paid);
}

TEST_CASE("a payment's event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<Payment>({opened, opened}), CorruptStream);
    CHECK_THROWS_AS(Given<Payment>({failed}), CorruptStream);
    CHECK_THROWS_AS(Given<Payment>({opened, failed}), CorruptStream);
}

TEST_CASE("a provider reference is a UUIDv4 and never changes") {
    CHECK(provider_reference(first_payment) == "629b0a6f-925d-4ad7-89c3-8e3cff8749c0");
    CHECK(
        provider_reference(PayoutId{"pot_shp_mwila_1"}) == "89c89e42-fc77-4573-83d3-7676235c188c"
    );
    const PublicText other = provider_reference(PayoutId{first_payment.value});
    CHECK(other != provider_reference(first_payment));
    CHECK(other[14] == '4');
    CHECK(std::string_view{"89ab"}.contains(other[19]));
}

TEST_CASE("whatever providers and schedules say, one capture pays and the rest is late") {
    const auto draw = [](Dice& dice, std::size_t step) -> Payment::Command {
        const Instant now = noon + minutes(static_cast<std::int64_t>(step));
        const PaymentId payment =
            dice.pick({first_payment, second_payment, PaymentId{"pay_ord_1_3"}, foreign});
        Payment::Initiate next = initiate;
        next.now = now;
        const ItemId item = dice.pick({ItemId{"itm_1"}, ItemId{"itm_2"}});
        switch (dice.roll(10)) {
            case 0:
                return Payment::Open{the_order, the_buyer, the_total, now};
            case 1:
                return Payment::RecordPending{payment, now};
            case 2:
                return capture(payment, Money{the_total.ngwee + (dice.roll(3) ? 0 : 1)});
            case 3:
                return Payment::RecordFailure{payment, declined, now};
            case 4:
                return Payment::Expire{payment, now};
            case 5:
                return dice.roll(6) ? Payment::Command{next} : Payment::Close{"EXPIRED", now};
            case 6:
                if (dice.roll(2))
                    return Payment::OweRefund{Money{300'000}, {}, "late_capture", now, payment};
                return Payment::OweRefund{Money{300'000}, {item}, "cancelled", now};
            default:
                return next;
        }
    };
    std::size_t happened = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        happened += play<Payment>(seed, 60, draw, [](const auto& state, const auto& command) {
            CHECK(settled<Payment>(state, command));
            const auto* opened_now = std::get_if<Payment::Opened>(&state);
            if (!opened_now) return;
            const auto& now = *opened_now;
            Money owed, owed_late;
            for (const auto& refund : now.refunds) {
                Money& sum = refund.late ? owed_late : owed;
                sum = sum + refund.amount;
            }
            CHECK(owed <= now.amount);
            const auto late_ones = std::ranges::count_if(now.attempts, [&](const auto& each) {
                return each.status == AttemptStatus::captured && now.captured != each.payment;
            });
            CHECK(owed_late.ngwee <= late_ones * the_total.ngwee);
            const auto open_attempts = std::ranges::count_if(now.attempts, [](const auto& each) {
                return each.status == AttemptStatus::initiated ||
                       each.status == AttemptStatus::pending;
            });
            CHECK(open_attempts <= 1);
            if (now.captured) CHECK(Payment::status(state) == PaymentStatus::paid);
        });
    }
    CHECK(happened > 1000);
}
