#pragma once

#include <optional>
#include <span>

#include "api/call.hpp"
#include "api/render/order.hpp"
#include "projections/projection.hpp"

namespace pakashop::api {

/// A random id for what must be fresh each time: `fresh_id("try")`.
std::string fresh_id(std::string_view prefix);

/// Whether the shop is this person's, by its own stream.
bool owns_shop(App& app, const UserId& user, const ShopId& shop);

/// The projections an order's answer is made of.
std::span<const model::Projection* const> order_projections();

/// Who the caller is to this order: which of its shops are theirs.
OrderViewer viewer_of(App& app, const Call& call, const OrderRows& rows);

/// The order as the caller may see it; not_found when it is not there or not theirs.
Answer render_answer(App& app, const Call& call, const std::optional<OrderRows>& rows);

/// The order right after `commit`, rendered from the key's own events: the same for the first
/// answer and for every repeat of the command.
Answer order_reply(
    App& app,
    const Call& call,
    const OrderId& order,
    const Commit& commit,
    int status = 200
);

}  // namespace pakashop::api
