#include "api/routes/order_reply.hpp"

#include <algorithm>

#include <openssl/rand.h>

#include "api/history.hpp"
#include "projections/deliveries.hpp"
#include "projections/invoices.hpp"
#include "projections/orders.hpp"
#include "projections/settlement_lines.hpp"

namespace pakashop::api {

std::string fresh_id(std::string_view prefix) {
    CommandId random;
    const bool good = RAND_bytes(random.data(), static_cast<int>(random.size())) == 1;
    require(good, "randomness is available");
    return derived_id(prefix, random, prefix);
}

bool owns_shop(App& app, const UserId& user, const ShopId& shop) {
    const auto profile = app.reference.get<Shop>(shop.value, shop.value).profile;
    return profile && profile->owner == user;
}

std::span<const model::Projection* const> order_projections() {
    static const model::Projection* const all[] = {
        &model::orders_projection,
        &model::deliveries_projection,
        &model::invoices_projection,
        &model::settlement_lines_projection
    };
    return all;
}

OrderViewer viewer_of(App& app, const Call& call, const OrderRows& rows) {
    OrderViewer viewer{call.caller.staff(), call.caller.finance(), call.caller.user, {}};
    if (!call.caller.has(Role::shop_owner)) return viewer;
    for (const model::Row& part : rows.fulfilments) {
        const std::string& shop = part.text("shop");
        if (owns_shop(app, call.caller.user, ShopId{shop})) viewer.shops.push_back(ShopId{shop});
    }
    return viewer;
}

Answer render_answer(App& app, const Call& call, const std::optional<OrderRows>& rows) {
    if (!rows) return unexpected{not_found()};
    auto body = render_order(*rows, viewer_of(app, call, *rows));
    if (!body) return unexpected{not_found()};
    return json_response(*std::move(body));
}

// A new order has no events but those of its first commit, so nothing needs to be read.
Answer
order_reply(App& app, const Call& call, const OrderId& order, const Commit& commit, int status) {
    const std::string stream = stream_of<Order>(order.value);
    const bool first = std::ranges::any_of(commit.events, [&](const CommittedEvent& event) {
        return event.version == 1 && event.stream == stream;
    });
    const auto tables = first ? rows_of_commit(app, commit, order_projections())
                              : rows_of_key(app, order.value, commit.seq, order_projections());
    auto answer = render_answer(app, call, order_rows(tables, order.value));
    if (answer) answer->status = status;
    return answer;
}

}  // namespace pakashop::api
