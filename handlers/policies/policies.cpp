#include "handlers/policies/policies.hpp"

#include "handlers/policies/rules.hpp"

namespace pakashop {

std::vector<StreamCommand> apply_policies(const AnyEvent& event, const PolicyContext& context) {
    using policies::after;
    using Commands = std::vector<StreamCommand>;
    return match(
        event,
        [&](const OrderEvent& e) { return after(e, context); },
        [](const PaymentEvent& e) { return after(e); },
        [](const SettlementEvent& e) { return after(e); },
        [](const DeliveryEvent& e) { return after(e); },
        [&](const InvoiceEvent& e) { return after(e, context); },
        [](const ShopEvent& e) { return after(e); },
        [](const AccountEvent& e) { return after(e); },
        [](const OneOf<
            EffectEvent,
            ProductEvent,
            LoginEvent,
            UserEvent,
            AgentEvent,
            ConfigEvent,
            InvoiceSeriesEvent,
            SettlementRunEvent> auto&) { return Commands{}; }
    );
}

}  // namespace pakashop
