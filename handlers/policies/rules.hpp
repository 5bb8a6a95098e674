#pragma once

#include "handlers/policies/effect_ids.hpp"
#include "handlers/policies/policies.hpp"

/// The rules by theme, and the two things every rule says. Used by policies.cpp alone.
namespace pakashop::policies {

using Commands = std::vector<StreamCommand>;

Commands after(const OrderEvent& event, const PolicyContext& context);
Commands after(const PaymentEvent& event);
Commands after(const SettlementEvent& event);
Commands after(const AccountEvent& event);
Commands after(const DeliveryEvent& event);
Commands after(const InvoiceEvent& event, const PolicyContext& context);
Commands after(const ShopEvent& event);

/// A command for the stream of `Aggregate` with this id.
template <class Aggregate>
StreamCommand to(std::string_view id, typename Aggregate::Command command) {
    return {stream_of<Aggregate>(id), AnyCommand{std::move(command)}};
}

inline StreamCommand request(Effect::Request effect) {
    const std::string id = effect.effect.value;
    return to<Effect>(id, std::move(effect));
}

inline StreamCommand finish(const EffectId& effect, std::string_view outcome) {
    return to<Effect>(effect.value, Effect::Finish{PublicText{outcome}});
}

}  // namespace pakashop::policies
