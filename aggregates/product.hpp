#pragma once

#include "aggregates/decider.hpp"
#include "events/product.hpp"

namespace pakashop {

/// One product: price, tiers, stock, and who holds how much of it.
/// Stream: product:<product>; key: the product.
struct Product {
    // STATE

    /// Offers it.
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
    /// Counts units in or out; never below what is held.
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
    /// From the processes on parts cancelled after payment; total. At most what was sold to that
    /// order.
    struct ReturnUnits {
        OrderId order;
        std::int64_t quantity;
    };
    using Command =
        std::variant<List, Change, Delete, AdjustStock, Hold, ReleaseHold, SellHold, ReturnUnits>;

    using Event = ProductEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, product_unavailable, out_of_stock };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 3>{"not_found", "product_unavailable", "out_of_stock"};
    }

    static constexpr std::string_view category = "product";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};

}  // namespace pakashop
