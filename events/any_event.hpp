#pragma once

#include <variant>

#include "events/account.hpp"
#include "events/agent.hpp"
#include "events/config.hpp"
#include "events/delivery.hpp"
#include "events/effect.hpp"
#include "events/invoice.hpp"
#include "events/invoice_series.hpp"
#include "events/login.hpp"
#include "events/order.hpp"
#include "events/payment.hpp"
#include "events/product.hpp"
#include "events/settlement.hpp"
#include "events/settlement_run.hpp"
#include "events/shop.hpp"
#include "events/user.hpp"

namespace pakashop {

/// Every event there is, by family. A new family is added here, and the compiler then lists every
/// reader that has to say what it makes of it.
using AnyEvent = std::variant<
    OrderEvent,
    PaymentEvent,
    SettlementEvent,
    DeliveryEvent,
    InvoiceEvent,
    EffectEvent,
    ProductEvent,
    ShopEvent,
    AccountEvent,
    LoginEvent,
    UserEvent,
    AgentEvent,
    ConfigEvent,
    InvoiceSeriesEvent,
    SettlementRunEvent>;

/// Why stored bytes are not an event this program knows.
enum class DecodeError { unknown_type, malformed };

/// The stored name of the event, `order.placed.v1`.
std::string_view type_of(const AnyEvent& event);
/// Its payload as it is stored. Personal fields must be sealed by now.
std::string encode_event(const AnyEvent& event);
/// Whether an event of that stored type could be decoded.
bool knows_event(std::string_view type);
/// Reads a stored event, raising a retired shape to its newest one (events/retired).
Result<AnyEvent, DecodeError> decode_event(std::string_view type, std::string_view payload);

/// The place that binds an event's sealed fields: `order:ord_1@3`.
std::string sealing_place(std::string_view stream, std::int64_t version);
/// Seals every personal field still in the clear.
void seal(AnyEvent& event, Vault& vault, std::string_view place);
/// Opens every sealed field, or marks it erased. Throws CorruptStream when one does not fit.
void open(AnyEvent& event, Vault& vault, std::string_view place);

/// Every event type with its JSON Schema (2020-12), in the order of the families.
struct EventSchema {
    std::string_view type;
    std::string schema;
};
std::vector<EventSchema> event_schemas();

}  // namespace pakashop
