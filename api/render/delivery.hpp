#pragma once

#include <map>
#include <string>

#include "api/render/order.hpp"

namespace pakashop::api {

/// A delivery as its agent sees it (api.md, "Delivery"): stops with their addresses, and where it
/// goes; the recipient's phone only `with_phone`.
std::string
render_delivery(App& app, const OrderRows& order, const model::Row& delivery, bool with_phone);

/// The orders of these deliveries, by id. Blocks.
Result<std::map<std::string, OrderRows>, ReadFailure>
orders_of(ReadModels& read_models, const std::vector<model::Row>& deliveries);

}  // namespace pakashop::api
