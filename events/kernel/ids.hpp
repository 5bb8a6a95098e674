#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "events/kernel/hash.hpp"

namespace pakashop {

/// A prefixed, opaque identifier such as `ord_4k0…`; ordered as text. Only [a-z0-9_] occur in one.
template <class Tag>
struct Id {
    std::string value;
    friend bool operator==(const Id&, const Id&) = default;
    friend auto operator<=>(const Id&, const Id&) = default;
};

using OrderId = Id<struct OrderTag>;
using ItemId = Id<struct ItemTag>;
using ShopId = Id<struct ShopTag>;
using ProductId = Id<struct ProductTag>;
using UserId = Id<struct UserTag>;
using AgentId = Id<struct AgentTag>;
using PaymentId = Id<struct PaymentTag>;
using RefundId = Id<struct RefundTag>;
using PayoutId = Id<struct PayoutTag>;
using InvoiceId = Id<struct InvoiceTag>;
using DeliveryId = Id<struct DeliveryTag>;
using SignatureId = Id<struct SignatureTag>;
using SessionId = Id<struct SessionTag>;
using EffectId = Id<struct EffectTag>;
/// One attempt to place an order (architecture 3.1); fresh for every execution.
using TryId = Id<struct TryTag>;

/// Identifies one command for ever: SHA-256(principal, method, path, key)[:16] (architecture 2.4).
using CommandId = std::array<std::uint8_t, 16>;

/// An id of `prefix` derived from a command id and a salt, so a repeated command names the same
/// thing: `derived_id("ord", command, "order")` → `ord_` and 26 characters of base 32.
std::string derived_id(std::string_view prefix, const CommandId& command, std::string_view salt);

/// The id of a child names its parent, so a request routes without a look-up: `itm_<order>_<n>`.
std::string child_id(std::string_view prefix, std::string_view parent, std::uint64_t number);

/// The parent's id inside a child id (`pay_ord_x_1` → `ord_x`); empty when `id` is not such a
/// child.
std::string parent_of(std::string_view prefix, std::string_view id);

}  // namespace pakashop

template <class Tag>
struct std::hash<pakashop::Id<Tag>> {
    std::size_t operator()(const pakashop::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.value);
    }
};
