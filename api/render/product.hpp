#pragma once

#include <cstdint>
#include <string>

#include "api/call.hpp"
#include "projections/rows.hpp"

namespace pakashop::api {

/// What a product's page shows, from its state or from its row.
struct Offer {
    Product::Listing listing;
    std::int64_t available = 0;
};

/// The offer a row of the products table holds.
Offer offer_of(const model::Row& row);

/// The product as api.md shows it; images for the owner only, as nobody has looked at them (C-18).
std::string render_product(App& app, const Offer& offer, bool owner);

}  // namespace pakashop::api
