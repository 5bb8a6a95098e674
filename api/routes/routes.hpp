#pragma once

#include <vector>

#include "api/call.hpp"

/// Every route of the program, by theme. Each function declares its routes and binds the handlers.
namespace pakashop::api {

std::vector<BoundRoute> registration_routes();
std::vector<BoundRoute> login_routes();
std::vector<BoundRoute> second_factor_routes();
std::vector<BoundRoute> shop_routes();
std::vector<BoundRoute> product_routes();
std::vector<BoundRoute> catalogue_routes();
std::vector<BoundRoute> order_routes();
std::vector<BoundRoute> order_part_routes();
std::vector<BoundRoute> payment_routes();
std::vector<BoundRoute> webhook_routes();
std::vector<BoundRoute> agent_routes();
std::vector<BoundRoute> delivery_routes();
std::vector<BoundRoute> proof_routes();
std::vector<BoundRoute> account_routes();
std::vector<BoundRoute> books_routes();
std::vector<BoundRoute> invoice_routes();
std::vector<BoundRoute> config_routes();
std::vector<BoundRoute> cluster_routes();
std::vector<BoundRoute> system_routes();

/// All of them.
std::vector<BoundRoute> all_routes();

}  // namespace pakashop::api
