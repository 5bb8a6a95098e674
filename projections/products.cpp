#include "projections/products.hpp"

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges listed(const ProductListed& e) {
    return {insert(
        tables::products,
        {{"id", e.product.value},
         {"shop", e.shop.value},
         {"sku", e.sku},
         {"name", e.name},
         {"description", e.description},
         {"price", amount(e.price)},
         {"on_hand", e.stock},
         {"held", std::int64_t{0}},
         {"categories", json_of(e.categories)},
         {"item_code", e.item_code},
         {"tax_code", word(e.tax_code)},
         {"tiers", json_of(e.tiers)},
         {"images", json_of(e.images)},
         {"status", std::string{"ACTIVE"}},
         {"created_at", e.at}}
    )};
}

void set(RowChange& change, std::string_view column, Value value) {
    change.assignments.push_back({tables::products.index_of(column), std::move(value)});
}

RowChanges changed(const ProductChanged& e) {
    RowChange change = patch(tables::products, {e.product.value}, {});
    if (e.name) set(change, "name", *e.name);
    if (e.description) set(change, "description", *e.description);
    if (e.price) set(change, "price", amount(*e.price));
    if (e.categories) set(change, "categories", json_of(*e.categories));
    if (e.item_code) set(change, "item_code", *e.item_code);
    if (e.tax_code) set(change, "tax_code", word(*e.tax_code));
    if (e.tiers) set(change, "tiers", json_of(*e.tiers));
    if (e.images) set(change, "images", json_of(*e.images));
    return {std::move(change)};
}

RowChange counted(const ProductId& product, std::int64_t on_hand, std::int64_t held) {
    return add(tables::products, {product.value}, {{"on_hand", on_hand}, {"held", held}});
}

RowChanges held(const StockHeld& e) {
    return {
        counted(e.product, 0, e.quantity),
        insert(
            tables::stock_holds,
            {{"product", e.product.value},
             {"order_id", e.order.value},
             {"try", e.try_id.value},
             {"quantity", e.quantity},
             {"held_at", e.at}}
        )
    };
}

template <class End>
RowChanges ended(const End& e, std::int64_t on_hand) {
    return {
        counted(e.product, on_hand, -e.quantity),
        remove(tables::stock_holds, {e.product.value, e.order.value, e.try_id.value})
    };
}

RowChanges of_product(const ProductEvent& event) {
    return match(
        event,
        [](const ProductListed& e) { return listed(e); },
        [](const ProductChanged& e) { return changed(e); },
        [](const ProductDeleted& e) {
            return RowChanges{
                patch(tables::products, {e.product.value}, {{"status", std::string{"DELETED"}}})
            };
        },
        [](const StockAdjusted& e) { return RowChanges{counted(e.product, e.delta, 0)}; },
        [](const StockHeld& e) { return held(e); },
        [](const HoldReleased& e) { return ended(e, 0); },
        [](const HoldSold& e) { return ended(e, -e.quantity); },
        [](const UnitsReturned& e) { return RowChanges{counted(e.product, e.quantity, 0)}; }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* product = std::get_if<ProductEvent>(&event)) return of_product(*product);
    return {};
}

constexpr std::array own_tables{&tables::products, &tables::stock_holds};
constexpr std::array<std::string_view, 1> families{"product"};

}  // namespace

constinit const Projection products_projection{"products", own_tables, families, project};

}  // namespace pakashop::model
