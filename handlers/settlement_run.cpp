#include "handlers/settlement_run.hpp"

#include "handlers/ask.hpp"

namespace pakashop {
namespace {

constexpr std::size_t shops_per_page = 500;
constexpr int payouts_per_shop_max = 100;

/// What asks a shop's account for its n-th payout of this run; nothing when it cannot be paid.
std::optional<Command> payout_command(
    const SettlementContext& context,
    const SettlementRequest& request,
    const ShopId& shop,
    int n
) {
    const auto state = context.reference.get<Shop>(shop.value, shop.value);
    if (!state.profile || state.profile->status != ShopStatus::active) return std::nullopt;
    const auto& method = state.profile->payout_method;
    if (!method) return std::nullopt;
    const auto phone = open_at(method->phone, stream_of<Shop>(shop.value), "phone", context.vault);
    if (!phone) return std::nullopt;
    const std::string stream = stream_of<Account>(shop.value);
    const Account::RequestPayout payout{
        shop,
        method->network,
        Sealed<PublicText>{Subject{state.profile->owner.value}, *phone},
        method->masked,
        request.now
    };
    Trace trace = request.trace;
    trace.causation = request.origin;
    return system_command(
        derived_command_id(request.origin, "payout " + std::to_string(n), stream),
        {shop.value, {stream, Account::Command{payout}}},
        request.actor,
        trace,
        request.now
    );
}

std::optional<RequestedPayout> payout_in(const Outcome& outcome) {
    if (!outcome.commit) return std::nullopt;
    for (const CommittedEvent& event : outcome.commit->events) {
        const auto* family = std::get_if<AccountEvent>(&event.event);
        const auto* e = family ? std::get_if<PayoutRequested>(family) : nullptr;
        if (e) return RequestedPayout{e->payout, e->shop, e->amount, e->lines.size()};
    }
    return std::nullopt;
}

/// One payout for each of these shops; the shops that may have more come back.
std::vector<ShopId> pay_once(
    const SettlementContext& context,
    const SettlementRequest& request,
    const std::vector<ShopId>& shops,
    int n,
    std::vector<RequestedPayout>& out
) {
    std::vector<Command> commands;
    for (const ShopId& shop : shops) {
        if (auto command = payout_command(context, request, shop, n)) {
            commands.push_back(*std::move(command));
        }
    }
    std::vector<ShopId> more;
    for (const Outcome& outcome : ask_all(context.engine, std::move(commands))) {
        auto payout = payout_in(outcome);
        if (!payout) continue;
        if (payout->lines == payout_lines_max) more.push_back(payout->shop);
        out.push_back(*std::move(payout));
    }
    return more;
}

}  // namespace

Result<std::vector<RequestedPayout>, ReadFailure>
run_settlement(const SettlementContext& context, const SettlementRequest& request) {
    std::vector<RequestedPayout> payouts;
    ShopId after;
    while (true) {
        auto page = context.queue.shops_to_pay(after, shops_per_page);
        if (!page) return unexpected{page.error()};
        if (page->empty()) return payouts;
        after = page->back();
        for (int n = 1; n <= payouts_per_shop_max && !page->empty(); ++n) {
            *page = pay_once(context, request, *page, n, payouts);
        }
    }
}

}  // namespace pakashop
