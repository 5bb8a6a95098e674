#include "api/render/product.hpp"

namespace pakashop::api {
namespace {

template <class T>
T read_json(std::string_view json) {
    return from_json<T>(json).value_or(T{});
}

}  // namespace

Offer offer_of(const model::Row& row) {
    Offer offer;
    Product::Listing& it = offer.listing;
    it.product = ProductId{row.text("id")};
    it.shop = ShopId{row.text("shop")};
    it.sku = row.text("sku");
    it.name = row.text("name");
    it.description = row.text("description");
    it.price = row.money("price");
    it.categories = read_json<std::vector<PublicText>>(row.json("categories"));
    it.item_code = row.text("item_code");
    it.tax_code = enum_from_name<TaxCode>(row.text("tax_code")).value_or(TaxCode::vat16);
    it.tiers = read_json<std::vector<WholesaleTier>>(row.json("tiers"));
    it.images = read_json<std::vector<PublicText>>(row.json("images"));
    it.deleted = row.text("status") == "DELETED";
    offer.available = it.deleted ? 0 : row.integer("on_hand") - row.integer("held");
    return offer;
}

std::string render_product(App& app, const Offer& offer, bool owner) {
    const Product::Listing& it = offer.listing;
    const auto shop = app.reference.get<Shop>(it.shop.value, it.shop.value).profile;
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(it.product.value).key("shopId").text(it.shop.value);
    out.key("shopName").text(shop ? shop->name : "").key("sku").text(it.sku);
    out.key("name").text(it.name).key("description").text(it.description);
    out.key("price").text(to_decimal(it.price)).key("currency").text("ZMW");
    out.key("categories").raw(to_json(it.categories));
    out.key("wholesaleTiers").raw(to_json(it.tiers)).key("zraItemCode").text(it.item_code);
    out.key("zraTaxCode").text(name_of(it.tax_code)).key("available").integer(offer.available);
    out.key("status").text(it.deleted ? "DELETED" : "ACTIVE").key("images").begin_array();
    // Nobody has looked at them yet, so the public does not get to see them (C-18).
    for (const PublicText& url : it.images) {
        if (!owner) break;
        out.begin_object().key("url").text(url);
        out.key("status").text("PENDING_MODERATION").end_object();
    }
    out.end_array().end_object();
    return body;
}

}  // namespace pakashop::api
