#include "handlers/evidence.hpp"

#include <doctest/doctest.h>

#include "aggregates/provider_reference.hpp"

using namespace pakashop;

namespace {

const OrderId order{"ord_1"};
const PaymentId payment{"pay_ord_1_1"};
const ShopId shop{"shp_1"};
const PayoutId payout{"pot_shp_1_1"};
constexpr Instant noon{1'778'580'000'000};

DepositStatement deposit(TransferStatus status, Money amount = Money{500'000}) {
    DepositStatement made;
    made.reference = provider_reference(payment);
    made.status = status;
    made.amount = amount;
    made.currency = "ZMW";
    made.provider_transaction = "MTN-1";
    made.metadata = {{"orderId", order.value}, {"paymentId", payment.value}};
    return made;
}

PayoutStatement transfer(TransferStatus status, Money amount = Money{9'500}) {
    PayoutStatement made;
    made.reference = provider_reference(payout);
    made.status = status;
    made.amount = amount;
    made.currency = "ZMW";
    made.metadata = {{"payoutId", payout.value}};
    return made;
}

EvidenceContext told(Evidence evidence = Evidence::signed_callback) {
    return {evidence, Invoicing::live, noon};
}

template <class Aggregate, class Wanted>
const Wanted* command(const Conclusion& conclusion) {
    if (!conclusion.command) return nullptr;
    const auto* family = std::get_if<typename Aggregate::Command>(&conclusion.command->to.command);
    return family ? std::get_if<Wanted>(family) : nullptr;
}

}  // namespace

TEST_CASE("metadata says whom a statement is about, and the reference proves it") {
    CHECK(subject_of(deposit(TransferStatus::completed)) == DepositSubject{order, payment});
    CHECK(subject_of(transfer(TransferStatus::completed)) == PayoutSubject{shop, payout});
    auto other = deposit(TransferStatus::completed);
    other.reference = provider_reference(PaymentId{"pay_ord_2_1"});
    CHECK(!subject_of(other).has_value());
    auto moved = deposit(TransferStatus::completed);
    moved.metadata["orderId"] = "ord_2";
    CHECK(!subject_of(moved).has_value());
    auto bare = deposit(TransferStatus::completed);
    bare.metadata.clear();
    CHECK(!subject_of(bare).has_value());
    auto crossed = transfer(TransferStatus::completed);
    crossed.metadata["payoutId"] = "pay_ord_1_1";
    CHECK(!subject_of(crossed).has_value());
}

TEST_CASE("a completed deposit is evidence of a capture, with the amount the provider names") {
    const auto conclusion =
        conclude(deposit(TransferStatus::completed, Money{499'900}), {order, payment}, told());
    CHECK(conclusion.command->key == order.value);
    CHECK(conclusion.command->to.stream == "payment:ord_1");
    const auto* capture = command<Payment, Payment::RecordCapture>(conclusion);
    REQUIRE(capture);
    CHECK(capture->payment == payment);
    CHECK(capture->amount == Money{499'900});
    CHECK(capture->provider_transaction == "MTN-1");
    CHECK(capture->evidence == Evidence::signed_callback);
    CHECK(capture->invoicing == Invoicing::live);
    CHECK(capture->now == noon);
}

TEST_CASE("failures and openness have their commands too") {
    auto failed = deposit(TransferStatus::failed);
    failed.failure = ProviderFailure{"PAYER_LIMIT_REACHED", "too much"};
    const auto word = conclude(failed, {order, payment}, told());
    const auto* failure = command<Payment, Payment::RecordFailure>(word);
    REQUIRE(failure);
    CHECK(failure->failure == ProviderFailure{"PAYER_LIMIT_REACHED", "too much"});
    const auto open = conclude(deposit(TransferStatus::pending), {order, payment}, told());
    CHECK(command<Payment, Payment::RecordPending>(open));
    const PayoutSubject ours{shop, payout};
    const auto paid = conclude(transfer(TransferStatus::completed), ours, noon);
    CHECK(command<Account, Account::RecordCompleted>(paid)->amount == Money{9'500});
    CHECK(paid.command->to.stream == "account:shp_1");
    const auto lost = conclude(transfer(TransferStatus::failed), ours, noon);
    CHECK(command<Account, Account::RecordFailed>(lost)->failure.code == "UNSPECIFIED_FAILURE");
    const auto sent = conclude(transfer(TransferStatus::pending), ours, noon);
    CHECK(command<Account, Account::RecordAccepted>(sent));
}

TEST_CASE("money that cannot be ours is a break, not a command") {
    const auto kind = [](const DepositStatement& statement) {
        return conclude(statement, {order, payment}, told()).kind;
    };
    auto foreign = deposit(TransferStatus::completed);
    foreign.currency = "USD";
    CHECK(kind(foreign) == Conclusion::Kind::contradicts);
    auto unreadable = deposit(TransferStatus::completed);
    unreadable.amount.reset();
    CHECK(kind(unreadable) == Conclusion::Kind::contradicts);
    CHECK(kind(deposit(TransferStatus::completed, Money{-1})) == Conclusion::Kind::contradicts);
    const Money too_much{amount_max.ngwee + 1};
    CHECK(kind(deposit(TransferStatus::completed, too_much)) == Conclusion::Kind::contradicts);
    auto other = deposit(TransferStatus::completed);
    other.reference = provider_reference(PaymentId{"pay_ord_2_1"});
    CHECK(kind(other) == Conclusion::Kind::contradicts);
    auto elsewhere = transfer(TransferStatus::completed);
    elsewhere.currency = "USD";
    const auto break_of = conclude(elsewhere, {shop, payout}, noon);
    CHECK(break_of.kind == Conclusion::Kind::contradicts);
    CHECK(!break_of.reason.empty());
    CHECK(!break_of.command.has_value());
}

TEST_CASE("the same statement is the same command, by whatever way and whenever it comes") {
    const auto id = [](const DepositStatement& statement, const EvidenceContext& context) {
        return conclude(statement, {order, payment}, context).id;
    };
    const auto done = deposit(TransferStatus::completed);
    auto later = told(Evidence::status_query);
    later.now = noon + hours(1);
    CHECK(id(done, told()) == id(done, later));
    CHECK(id(done, told()) != id(deposit(TransferStatus::failed), told()));
    CHECK(id(done, told()) != id(deposit(TransferStatus::completed, Money{1}), told()));
}

TEST_CASE("money of another phone than ours is a break, and an unknown one is not") {
    auto paid = deposit(TransferStatus::completed);
    auto got = transfer(TransferStatus::completed);
    const auto kind_of = [&](const std::string& ours) {
        const auto in = conclude(paid, {order, payment, ours}, told()).kind;
        CHECK(conclude(got, {shop, payout, ours}, noon).kind == in);
        return in;
    };
    CHECK(kind_of("+260977123456") == Conclusion::Kind::submit);
    paid.phone = got.phone = "260977123456";
    CHECK(kind_of("+260977123456") == Conclusion::Kind::submit);
    CHECK(kind_of("") == Conclusion::Kind::submit);
    CHECK(kind_of("+260977000000") == Conclusion::Kind::contradicts);
}
