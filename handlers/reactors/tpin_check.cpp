#include "handlers/reactors/reactor.hpp"

/// ShopApproved → the tax registry is asked whose TPIN it is (ZRA-24).
namespace pakashop {

Reaction react_to_tpin_check(const ReactorContext& context, const Grant& grant) {
    constexpr Duration retry_first = seconds(5);
    constexpr Duration retry_most = minutes(30);
    const auto state = load<Shop>(context, grant.key, grant.key);
    if (!state.profile || !state.profile->tpin) return {Done{"no_tpin"}};
    const PublicText& tpin = *state.profile->tpin;
    const auto again = [&](std::string reason) -> Next {
        return Later{backoff(grant.attempt, retry_first, retry_most), std::move(reason)};
    };
    const auto keep = [&](bool valid) -> Next {
        const Shop::RecordTpin word{tpin, valid, context.clock.now()};
        KeyedCommand command{grant.key, {stream_of<Shop>(grant.key), Shop::Command{word}}};
        const auto outcome = record(context, grant, "word", std::move(command));
        if (!outcome) return Unrecorded{};
        return Done{valid ? "valid" : "invalid"};
    };
    Reaction reaction;
    const auto result =
        timed(reaction, [&] { return context.tax.find_taxpayer(tpin, grant.trace); });
    reaction.next = match(
        result,
        [&](const std::optional<Taxpayer>& found) { return keep(found && found->active); },
        [&](const Refused& r) { return again(r.failure.code); },
        [&](const TryLater& t) { return again(t.failure.code); },
        [&](const NotSent&) { return again("not_sent"); },
        [&](const Unknown&) { return again("unknown"); }
    );
    return reaction;
}

}  // namespace pakashop
