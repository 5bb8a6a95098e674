#pragma once

#include <variant>

#include "events/words.hpp"

/// One product: what it costs and how many there are. Key: the product.
namespace pakashop {

/// A shop offers a product (CAT-03).
struct ProductListed {
    static constexpr std::string_view type = "product.listed.v1";  // Stored for ever.
    ProductId product;
    ShopId shop;
    PublicText sku;
    PublicText name;
    PublicText description;
    Money price;
    std::int64_t stock = 0;
    std::vector<PublicText> categories;
    PublicText item_code;
    TaxCode tax_code{};
    std::vector<WholesaleTier> tiers;
    std::vector<PublicText> images;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &ProductListed::product),
            field("shop", &ProductListed::shop),
            field("sku", &ProductListed::sku),
            field("name", &ProductListed::name),
            field("description", &ProductListed::description),
            field("price", &ProductListed::price),
            field("stock", &ProductListed::stock),
            field("categories", &ProductListed::categories),
            field("itemCode", &ProductListed::item_code),
            field("taxCode", &ProductListed::tax_code),
            field("tiers", &ProductListed::tiers),
            field("images", &ProductListed::images),
            field("at", &ProductListed::at)
        };
    }
    friend bool operator==(const ProductListed&, const ProductListed&) = default;
};
static_assert(lists_every_member<ProductListed>);

/// Its description or price changed; only what is named.
struct ProductChanged {
    static constexpr std::string_view type = "product.changed.v1";  // Stored for ever.
    ProductId product;
    std::optional<PublicText> name;
    std::optional<PublicText> description;
    std::optional<Money> price;
    std::optional<std::vector<PublicText>> categories;
    std::optional<PublicText> item_code;
    std::optional<TaxCode> tax_code;
    std::optional<std::vector<WholesaleTier>> tiers;
    std::optional<std::vector<PublicText>> images;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &ProductChanged::product),
            field("name", &ProductChanged::name),
            field("description", &ProductChanged::description),
            field("price", &ProductChanged::price),
            field("categories", &ProductChanged::categories),
            field("itemCode", &ProductChanged::item_code),
            field("taxCode", &ProductChanged::tax_code),
            field("tiers", &ProductChanged::tiers),
            field("images", &ProductChanged::images)
        };
    }
    friend bool operator==(const ProductChanged&, const ProductChanged&) = default;
};
static_assert(lists_every_member<ProductChanged>);

/// It is no longer offered; what was ordered stays ordered.
struct ProductDeleted {
    static constexpr std::string_view type = "product.deleted.v1";  // Stored for ever.
    ProductId product;
    static constexpr auto fields() {
        return std::tuple{field("product", &ProductDeleted::product)};
    }
    friend bool operator==(const ProductDeleted&, const ProductDeleted&) = default;
};
static_assert(lists_every_member<ProductDeleted>);

/// Units were counted in or out by hand (INV-01).
struct StockAdjusted {
    static constexpr std::string_view type = "product.stock_adjusted.v1";  // Stored for ever.
    ProductId product;
    std::int64_t delta = 0;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &StockAdjusted::product),
            field("delta", &StockAdjusted::delta),
            field("reason", &StockAdjusted::reason)
        };
    }
    friend bool operator==(const StockAdjusted&, const StockAdjusted&) = default;
};
static_assert(lists_every_member<StockAdjusted>);

/// Units are set aside for a try of an order, at the price decided here (architecture 3.1).
struct StockHeld {
    static constexpr std::string_view type = "product.stock_held.v1";  // Stored for ever.
    ProductId product;
    OrderId order;
    TryId try_id;
    std::int64_t quantity = 0;
    ShopId shop;
    PublicText name;
    PublicText item_code;
    TaxCode tax_code{};
    Money unit_price;
    std::optional<WholesaleTier> tier;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &StockHeld::product),
            field("order", &StockHeld::order),
            field("try", &StockHeld::try_id),
            field("quantity", &StockHeld::quantity),
            field("shop", &StockHeld::shop),
            field("name", &StockHeld::name),
            field("itemCode", &StockHeld::item_code),
            field("taxCode", &StockHeld::tax_code),
            field("unitPrice", &StockHeld::unit_price),
            field("tier", &StockHeld::tier),
            field("at", &StockHeld::at)
        };
    }
    friend bool operator==(const StockHeld&, const StockHeld&) = default;
};
static_assert(lists_every_member<StockHeld>);

/// Units set aside are free again.
struct HoldReleased {
    static constexpr std::string_view type = "product.hold_released.v1";  // Stored for ever.
    ProductId product;
    OrderId order;
    TryId try_id;
    std::int64_t quantity = 0;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &HoldReleased::product),
            field("order", &HoldReleased::order),
            field("try", &HoldReleased::try_id),
            field("quantity", &HoldReleased::quantity)
        };
    }
    friend bool operator==(const HoldReleased&, const HoldReleased&) = default;
};
static_assert(lists_every_member<HoldReleased>);

/// Units set aside are sold: the order is paid.
struct HoldSold {
    static constexpr std::string_view type = "product.hold_sold.v1";  // Stored for ever.
    ProductId product;
    OrderId order;
    TryId try_id;
    std::int64_t quantity = 0;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &HoldSold::product),
            field("order", &HoldSold::order),
            field("try", &HoldSold::try_id),
            field("quantity", &HoldSold::quantity)
        };
    }
    friend bool operator==(const HoldSold&, const HoldSold&) = default;
};
static_assert(lists_every_member<HoldSold>);

/// Sold units came back to stock: their part was cancelled before dispatch (C-08).
struct UnitsReturned {
    static constexpr std::string_view type = "product.units_returned.v1";  // Stored for ever.
    ProductId product;
    OrderId order;
    std::int64_t quantity = 0;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &UnitsReturned::product),
            field("order", &UnitsReturned::order),
            field("quantity", &UnitsReturned::quantity)
        };
    }
    friend bool operator==(const UnitsReturned&, const UnitsReturned&) = default;
};
static_assert(lists_every_member<UnitsReturned>);

/// Every event of this family; the variant is the registry.
using ProductEvent = std::variant<
    ProductListed,
    ProductChanged,
    ProductDeleted,
    StockAdjusted,
    StockHeld,
    HoldReleased,
    HoldSold,
    UnitsReturned>;

}  // namespace pakashop
