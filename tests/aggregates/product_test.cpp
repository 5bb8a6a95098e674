#include "aggregates/product.hpp"

#include <chrono>

#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Product::Refusal;

namespace {

const ProductId product{"prd_1"};
const ShopId shop{"shp_1"};
const OrderId order{"ord_1"};
const TryId first{"try_1"};
const TryId second{"try_2"};
constexpr Instant noon{1'778'580'000'000};
const WholesaleTier from_five{5, Money{19'000}};
const WholesaleTier from_eight{8, Money{18'000}};

Product::List list() {
    return {
        .product = product,
        .shop = shop,
        .sku = "SKU-1",
        .name = "Maize meal",
        .description = "25 kg",
        .price = Money{20'000},
        .stock = 10,
        .categories = {"food"},
        .item_code = "10001",
        .tax_code = TaxCode::vat16,
        .tiers = {from_five, from_eight},
        .images = {},
        .now = noon
    };
}

const ProductListed listed{
    .product = product,
    .shop = shop,
    .sku = "SKU-1",
    .name = "Maize meal",
    .description = "25 kg",
    .price = Money{20'000},
    .stock = 10,
    .categories = {"food"},
    .item_code = "10001",
    .tax_code = TaxCode::vat16,
    .tiers = {from_five, from_eight},
    .images = {},
    .at = noon
};

StockHeld held(
    const TryId& try_id,
    std::int64_t quantity,
    Money price,
    std::optional<WholesaleTier> tier = {}
) {
    return {
        .product = product,
        .order = order,
        .try_id = try_id,
        .quantity = quantity,
        .shop = shop,
        .name = "Maize meal",
        .item_code = "10001",
        .tax_code = TaxCode::vat16,
        .unit_price = price,
        .tier = tier,
        .at = noon
    };
}

const StockHeld four_held = held(first, 4, Money{20'000});
const Given<Product> nothing;
const Given<Product> offered{{listed}};
const Given<Product> deleted{{listed, ProductDeleted{product}}};
const Given<Product> holding{{listed, four_held}};

Product::Hold hold(const TryId& try_id, std::int64_t quantity) {
    return {order, try_id, quantity, noon};
}

}  // namespace

TEST_CASE("a product is listed once") {
    nothing.when(list()).yields({listed}).again().is_already_so();
    deleted.when(list()).is_already_so();
}

TEST_CASE("a product without a price, or with impossible stock, is not listed") {
    auto free_of_charge = list();
    free_of_charge.price = Money{0};
    nothing.when(free_of_charge).refuses(validation_failed);
    auto owing = list();
    owing.stock = -1;
    nothing.when(owing).refuses(validation_failed);
    auto endless = list();
    endless.stock = stock_max + 1;
    nothing.when(endless).refuses(validation_failed);
    auto free_tier = list();
    free_tier.tiers = {{2, Money{0}}};
    nothing.when(free_tier).refuses(validation_failed);
    auto ambiguous = list();
    ambiguous.tiers = {{2, Money{500}}, {2, Money{400}}};
    nothing.when(ambiguous).refuses(validation_failed);
}

TEST_CASE("only what differs is changed") {
    Product::Change change;
    change.name = "Maize meal";
    change.price = Money{21'000};
    ProductChanged changed;
    changed.product = product;
    changed.price = Money{21'000};
    offered.when(change).yields({changed}).again().is_already_so();
    nothing.when(change).refuses(not_found);
    deleted.when(change).refuses(not_found);
    change.price = Money{-1};
    offered.when(change).refuses(validation_failed);
    Product::Change tiers;
    tiers.tiers = std::vector<WholesaleTier>{{0, Money{5}}};
    offered.when(tiers).refuses(validation_failed);
}

TEST_CASE("a changed product holds at its new price") {
    Product::Change change;
    change.price = Money{21'000};
    offered.when(change).when(hold(first, 1)).yields({held(first, 1, Money{21'000})});
}

TEST_CASE("a deleted product stays deleted") {
    offered.when(Product::Delete{}).yields({ProductDeleted{product}}).again().is_already_so();
    nothing.when(Product::Delete{}).refuses(not_found);
    CHECK(deleted.state().available() == 0);
}

TEST_CASE("stock goes in and out by hand, never below what is held") {
    const auto more = holding.when(Product::AdjustStock{5, "delivery"});
    more.yields({StockAdjusted{product, 5, "delivery"}});
    CHECK(more.state().available() == 11);
    const auto fewer = holding.when(Product::AdjustStock{-6, "damage"});
    fewer.yields({StockAdjusted{product, -6, "damage"}});
    CHECK(fewer.state().available() == 0);
    holding.when(Product::AdjustStock{-7, "damage"}).refuses(out_of_stock);
    holding.when(Product::AdjustStock{0, "count"}).is_already_so();
    holding.when(Product::AdjustStock{stock_max, "typing error"}).refuses(validation_failed);
    holding.when(Product::AdjustStock{INT64_MIN, "typing error"}).refuses(validation_failed);
    nothing.when(Product::AdjustStock{1, "delivery"}).refuses(not_found);
    deleted.when(Product::AdjustStock{1, "delivery"}).refuses(not_found);
}

TEST_CASE("a hold sets units aside at the price of its quantity") {
    offered.when(hold(first, 4)).yields({four_held}).again().is_already_so();
    offered.when(hold(first, 5)).yields({held(first, 5, Money{19'000}, from_five)});
    offered.when(hold(first, 7)).yields({held(first, 7, Money{19'000}, from_five)});
    offered.when(hold(first, 10)).yields({held(first, 10, Money{18'000}, from_eight)});
    CHECK(holding.state().available() == 6);
}

TEST_CASE("the highest tier that is reached counts, however the tiers are ordered") {
    auto unordered = listed;
    unordered.tiers = {from_eight, from_five};
    const Given<Product> given{{unordered}};
    CHECK(given.state().listing->price_for(9) == Product::UnitPrice{Money{18'000}, from_eight});
    CHECK(given.state().listing->price_for(5) == Product::UnitPrice{Money{19'000}, from_five});
    CHECK(given.state().listing->price_for(1) == Product::UnitPrice{Money{20'000}, std::nullopt});
}

TEST_CASE("nothing is held that is not there") {
    holding.when(hold(second, 7)).refuses(out_of_stock);
    holding.when(hold(second, 6)).yields({held(second, 6, Money{19'000}, from_five)});
    offered.when(hold(first, 0)).refuses(validation_failed);
    nothing.when(hold(first, 1)).refuses(product_unavailable);
    deleted.when(hold(first, 1)).refuses(product_unavailable);
}

TEST_CASE("a released hold gives its units back, once") {
    const auto released = holding.when(Product::ReleaseHold{order, first});
    released.yields({HoldReleased{product, order, first, 4}}).again().is_already_so();
    CHECK(released.state().available() == 10);
    holding.when(Product::ReleaseHold{order, second}).is_already_so();
    nothing.when(Product::ReleaseHold{order, first}).is_already_so();
    released.when(Product::SellHold{order, first}).is_already_so();
}

TEST_CASE("a sold hold takes its units away, once") {
    const auto sold = holding.when(Product::SellHold{order, first});
    sold.yields({HoldSold{product, order, first, 4}}).again().is_already_so();
    CHECK(sold.state().available() == 6);
    CHECK(sold.state().on_hand == 6);
    sold.when(Product::ReleaseHold{order, first}).is_already_so();
    nothing.when(Product::SellHold{order, first}).is_already_so();
}

TEST_CASE("a hold outlives the offer") {
    const Given<Product> given{{listed, four_held, ProductDeleted{product}}};
    given.when(Product::SellHold{order, first}).yields({HoldSold{product, order, first, 4}});
}

TEST_CASE("units of a cancelled part come back to stock") {
    const Given<Product> sold{{listed, four_held, HoldSold{product, order, first, 4}}};
    const auto back = sold.when(Product::ReturnUnits{order, 4});
    back.yields({UnitsReturned{product, order, 4}});
    CHECK(back.state().available() == 10);
    sold.when(Product::ReturnUnits{order, 0}).is_already_so();
    nothing.when(Product::ReturnUnits{order, 4}).is_already_so();
}

TEST_CASE("a stream that ends a hold it never began is corrupt") {
    const auto corrupt = [](const ProductEvent& event) {
        return Product::evolve(Product::State{}, event);
    };
    CHECK_THROWS_AS(corrupt(HoldSold{product, order, first, 1}), CorruptStream);
    CHECK_THROWS_AS(corrupt(ProductDeleted{product}), CorruptStream);
}

namespace {

Product::Command any_command(Dice& dice) {
    const OrderId any_order{"ord_" + std::to_string(dice.between(1, 4))};
    const TryId any_try{"try_" + std::to_string(dice.between(1, 12))};
    switch (dice.between(0, 9)) {
        case 0:
            return list();
        case 1:
            return Product::Change{
                .name = {},
                .description = {},
                .price = Money{dice.between(0, 3) * 100},
                .categories = {},
                .item_code = {},
                .tax_code = {},
                .tiers = {},
                .images = {}
            };
        case 2:
            return Product::AdjustStock{dice.between(-6, 6), "count"};
        case 3:
            return Product::ReleaseHold{any_order, any_try};
        case 4:
            return Product::SellHold{any_order, any_try};
        case 5:
            return Product::ReturnUnits{any_order, dice.between(-1, 4)};
        case 6:
            if (dice.once_in(200)) return Product::Delete{};
            [[fallthrough]];
        default:
            return Product::Hold{any_order, any_try, dice.between(0, 6), noon};
    }
}

}  // namespace

TEST_CASE("whatever happens, no unit is promised twice and none is lost") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<Product> walk{product.value};
        std::int64_t expected = 0;
        for (int i = 0; i < 250; ++i) {
            const auto command = any_command(dice);
            const bool repeatable = std::holds_alternative<Product::AdjustStock>(command) ||
                                    std::holds_alternative<Product::ReturnUnits>(command);
            for (const auto& event : walk.step(command, repeatable)) {
                if (const auto* e = std::get_if<ProductListed>(&event)) expected += e->stock;
                if (const auto* e = std::get_if<StockAdjusted>(&event)) expected += e->delta;
                if (const auto* e = std::get_if<HoldSold>(&event)) expected -= e->quantity;
                if (const auto* e = std::get_if<UnitsReturned>(&event)) expected += e->quantity;
            }
            const Product::State& state = walk.state();
            std::int64_t held_sum = 0;
            for (const auto& [id, units] : state.holds) held_sum += units.quantity;
            CHECK(state.available() >= 0);
            CHECK(state.on_hand >= state.held);
            CHECK(state.held == held_sum);
            CHECK(state.on_hand == expected);
        }
    }
}

// The bound is generous: a fold that copies its holds for each event takes minutes here.
TEST_CASE("folding many holds takes time in proportion to the events") {
    auto plenty = listed;
    plenty.stock = 1'000'000;
    std::vector<ProductEvent> history{plenty};
    for (int i = 0; i < 8'000; ++i)
        history.push_back(held(TryId{"try_" + std::to_string(i)}, 1, Money{20'000}));
    for (int i = 0; i < 2'000; ++i) history.push_back(StockAdjusted{product, 1, "count"});
    const auto begin = std::chrono::steady_clock::now();
    const auto state = fold<Product>(std::span<const ProductEvent>{history});
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(state.holds.size() == 8'000);
    CHECK(took < std::chrono::milliseconds{500});
    MESSAGE(
        "10,001 events folded in ",
        std::chrono::duration_cast<std::chrono::microseconds>(took).count(),
        " us"
    );
}
