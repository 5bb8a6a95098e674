#include "handlers/reactors/transfer.hpp"

/// PaymentInitiated → money is collected from the buyer (PAY-07), or in mock mode only said to be.
namespace pakashop {
namespace {

std::optional<ProviderFailure>
withheld(const Payment::State& state, const Payment::Attempt& attempt, Instant now) {
    if (attempt.status != AttemptStatus::initiated && attempt.status != AttemptStatus::pending)
        return ProviderFailure{"ATTEMPT_OVER", "the attempt has ended"};
    if (Payment::closed(state)) return ProviderFailure{"ORDER_CLOSED", "the order has ended"};
    if (now >= attempt.expires_at) return ProviderFailure{"ATTEMPT_EXPIRED", "it is too late"};
    return std::nullopt;
}

KeyedCommand to_payment(const std::string& order, Payment::Command command) {
    return {order, {stream_of<Payment>(order), std::move(command)}};
}

Reaction
capture_mock(const ReactorContext& context, const Grant& grant, const Payment::Attempt& attempt) {
    const Payment::RecordCapture capture{
        attempt.payment,
        attempt.amount,
        "mock_" + attempt.payment.value,
        Evidence::mock,
        context.settings().invoicing(),
        context.clock.now()
    };
    const auto recorded = record(context, grant, "mock", to_payment(grant.key, capture));
    return {recorded ? Next{Recorded{}} : Next{Unrecorded{}}};
}

Transfer<DepositStatement> transfer_of(
    const ReactorContext& context,
    const Grant& grant,
    const Payment::Attempt& attempt,
    std::string phone
) {
    const OrderId order{grant.key};
    const DepositRequest request{
        attempt.provider_reference,
        order,
        attempt.payment,
        attempt.network,
        std::move(phone),
        attempt.amount
    };
    return {
        [&context, &grant, request] { return context.money.request_deposit(request, grant.trace); },
        [&context, &grant, request] {
            return context.money.find_deposit(request.reference, grant.trace);
        },
        [&context, request](const DepositStatement& statement) {
            const EvidenceContext evidence{
                Evidence::status_query, context.settings().invoicing(), context.clock.now()
            };
            return conclude(statement, {request.order, request.payment, request.phone}, evidence);
        },
        [&context, request] {
            const Payment::RecordPending pending{request.payment, context.clock.now()};
            return to_payment(request.order.value, pending);
        },
        [&context, request](const ProviderFailure& failure) {
            const Payment::RecordFailure failed{request.payment, failure, context.clock.now()};
            return to_payment(request.order.value, failed);
        },
        std::nullopt,
        attempt.status == AttemptStatus::expired
    };
}

}  // namespace

Reaction react_to_deposit(const ReactorContext& context, const Grant& grant) {
    const auto state = load<Payment>(context, grant.key, grant.key);
    const Payment::Attempt* attempt = Payment::find(state, PaymentId{grant.subject});
    if (!attempt) return {Done{"unknown_payment"}};
    const auto over = withheld(state, *attempt, context.clock.now());
    if (attempt->provider == Provider::mock) {
        // Nobody was asked, so nothing can come any more.
        return over ? Reaction{Done{over->code}} : capture_mock(context, grant, *attempt);
    }
    const auto phone =
        open_at(attempt->phone, stream_of<Payment>(grant.key), "phone", context.vault);
    auto transfer = transfer_of(context, grant, *attempt, phone.value_or(""));
    transfer.withheld = over;
    if (!phone) transfer.withheld = ProviderFailure{"PAYER_ERASED", "the payer is not known"};
    if (attempt->provider == Provider::flutterwave)
        transfer.withheld = ProviderFailure{"PROVIDER_NOT_CONNECTED", "no such provider here"};
    return run_transfer(context, grant, transfer);
}

}  // namespace pakashop
