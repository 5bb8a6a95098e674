#pragma once

#include "aggregates/decider.hpp"
#include "events/product.hpp"

namespace pakashop {

/// More units of one product than anybody counts; keeps the arithmetic of stock in range.
constexpr std::int64_t stock_max = 10'000'000'000;

/// One product: price, tiers, stock, and who holds how much of it.
/// Stream: product:<product>; key: the product.
struct Product {
    /// What a unit costs at a quantity, and the tier that says so (PRC-04, SET-10).
    struct UnitPrice {
        Money amount;
        std::optional<WholesaleTier> tier;
        friend bool operator==(const UnitPrice&, const UnitPrice&) = default;
    };
    /// What is offered, and by whom.
    struct Listing {
        ProductId product;
        ShopId shop;
        PublicText sku;
        PublicText name;
        PublicText description;
        Money price;
        std::vector<PublicText> categories;
        PublicText item_code;
        TaxCode tax_code{};
        std::vector<WholesaleTier> tiers;
        std::vector<PublicText> images;
        bool deleted = false;

        /// The tier with the highest minimum the quantity reaches, else the plain price.
        UnitPrice price_for(std::int64_t quantity) const;
        static constexpr auto fields() {
            return std::tuple{
                field("product", &Listing::product),
                field("shop", &Listing::shop),
                field("sku", &Listing::sku),
                field("name", &Listing::name),
                field("description", &Listing::description),
                field("price", &Listing::price),
                field("categories", &Listing::categories),
                field("itemCode", &Listing::item_code),
                field("taxCode", &Listing::tax_code),
                field("tiers", &Listing::tiers),
                field("images", &Listing::images),
                field("deleted", &Listing::deleted)
            };
        }
        friend bool operator==(const Listing&, const Listing&) = default;
    };
    /// Units set aside for one try of an order.
    struct HeldStock {
        OrderId order;
        std::int64_t quantity = 0;
        static constexpr auto fields() {
            return std::tuple{
                field("order", &HeldStock::order), field("quantity", &HeldStock::quantity)
            };
        }
        friend bool operator==(const HeldStock&, const HeldStock&) = default;
    };
    /// Sales are not kept: they grow without bound, and their orders know them.
    struct State {
        std::optional<Listing> listing;
        std::int64_t on_hand = 0;                ///< Never below `held`.
        std::int64_t held = 0;                   ///< The sum over `holds`.
        std::map<std::string, HeldStock> holds;  ///< By try.

        /// Units that may still be held; 0 for a product that is not, or no longer, offered.
        std::int64_t available() const;
        static constexpr auto fields() {
            return std::tuple{
                field("listing", &State::listing),
                field("onHand", &State::on_hand),
                field("held", &State::held),
                field("holds", &State::holds)
            };
        }
        friend bool operator==(const State&, const State&) = default;
    };

    /// Offers it. Listed before: already so.
    struct List {
        ProductId product;
        ShopId shop;
        PublicText sku;
        PublicText name;
        PublicText description;
        Money price;
        std::int64_t stock;
        std::vector<PublicText> categories;
        PublicText item_code;
        TaxCode tax_code;
        std::vector<WholesaleTier> tiers;
        std::vector<PublicText> images;
        Instant now;
    };
    /// Changes what is named; nothing different: already so.
    struct Change {
        std::optional<PublicText> name;
        std::optional<PublicText> description;
        std::optional<Money> price;
        std::optional<std::vector<PublicText>> categories;
        std::optional<PublicText> item_code;
        std::optional<TaxCode> tax_code;
        std::optional<std::vector<WholesaleTier>> tiers;
        std::optional<std::vector<PublicText>> images;
    };
    /// Takes it off sale for good.
    struct Delete {};
    /// Counts units in or out; never below what is held. A repeat is known by its command id only.
    struct AdjustStock {
        std::int64_t delta;
        PublicText reason;
    };
    /// Sets units aside for a try; the answer carries price and tier as decided here
    /// (architecture 3.1).
    struct Hold {
        OrderId order;
        TryId try_id;
        std::int64_t quantity;
        Instant now;
    };
    /// From processes and placing; total, nothing when there is no such hold.
    struct ReleaseHold {
        OrderId order;
        TryId try_id;
    };
    /// From the process on OrderConfirmed; total.
    struct SellHold {
        OrderId order;
        TryId try_id;
    };
    /// From the processes on parts cancelled after payment; total. The quantity is the event's, and
    /// a repeat is known by its command id only: what was sold to whom is not kept here.
    struct ReturnUnits {
        OrderId order;
        std::int64_t quantity;
    };
    using Command =
        std::variant<List, Change, Delete, AdjustStock, Hold, ReleaseHold, SellHold, ReturnUnits>;

    using Event = ProductEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, product_unavailable, out_of_stock, validation_failed };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 4>{
            "not_found", "product_unavailable", "out_of_stock", "validation_failed"
        };
    }

    static constexpr std::string_view category = "product";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};
static_assert(Decider<Product>);
static_assert(lists_every_member<Product::State>);
static_assert(lists_every_member<Product::Listing>);
static_assert(lists_every_member<Product::HeldStock>);

}  // namespace pakashop
