#include "handlers/reactors/transfer.hpp"

/// PayoutRequested → money goes to the shop's wallet (SET-11, C-11).
namespace pakashop {
namespace {

KeyedCommand to_account(const std::string& shop, Account::Command command) {
    return {shop, {stream_of<Account>(shop), std::move(command)}};
}

Reaction complete_mock(
    const ReactorContext& context,
    const Grant& grant,
    const PayoutId& id,
    const Account::Payout& payout
) {
    const Account::RecordCompleted completed{
        id, payout.amount, "mock_" + id.value, context.clock.now()
    };
    const auto recorded = record(context, grant, "mock", to_account(grant.key, completed));
    return {recorded ? Next{Recorded{}} : Next{Unrecorded{}}};
}

Transfer<PayoutStatement> transfer_of(
    const ReactorContext& context,
    const Grant& grant,
    const Account::Payout& payout,
    std::string phone
) {
    const PayoutRequest request{
        payout.provider_reference,
        ShopId{grant.key},
        PayoutId{grant.subject},
        payout.network,
        std::move(phone),
        payout.amount
    };
    return {
        [&context, &grant, request] { return context.money.request_payout(request, grant.trace); },
        [&context, &grant, request] {
            return context.money.find_payout(request.reference, grant.trace);
        },
        [&context, request](const PayoutStatement& statement) {
            const PayoutSubject subject{request.shop, request.payout, request.phone};
            return conclude(statement, subject, context.clock.now());
        },
        [&context, request] {
            const Account::RecordAccepted accepted{request.payout, context.clock.now()};
            return to_account(request.shop.value, accepted);
        },
        [&context, request](const ProviderFailure& failure) {
            const Account::RecordFailed failed{request.payout, failure, context.clock.now()};
            return to_account(request.shop.value, failed);
        },
        std::nullopt
    };
}

}  // namespace

Reaction react_to_payout(const ReactorContext& context, const Grant& grant) {
    const auto state = load<Account>(context, grant.key, grant.key);
    const auto found = state.payouts.find(grant.subject);
    if (found == state.payouts.end()) return {Done{"settled"}};
    const Account::Payout& payout = found->second;
    if (payout.mover == Provider::mock) {
        return complete_mock(context, grant, PayoutId{grant.subject}, payout);
    }
    const auto phone = open_at(payout.phone, stream_of<Account>(grant.key), "phone", context.vault);
    auto transfer = transfer_of(context, grant, payout, phone.value_or(""));
    if (!phone) transfer.withheld = ProviderFailure{"RECIPIENT_ERASED", "the wallet is not known"};
    return run_transfer(context, grant, transfer);
}

}  // namespace pakashop
