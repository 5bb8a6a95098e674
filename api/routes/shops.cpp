#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

constexpr std::chrono::milliseconds approval_patience{2500};

struct NewPayoutMethod {
    Choice<"MOBILE_MONEY"> type;
    Operator provider{};
    PhoneNumber phone;
    static constexpr auto fields() {
        return std::tuple{
            field("type", &NewPayoutMethod::type),
            field("provider", &NewPayoutMethod::provider),
            field("phone", &NewPayoutMethod::phone)
        };
    }
};

struct NewShop {
    Text<2, 120> name;
    SellerKind seller_kind{};
    std::optional<Digits<10, 10>> tpin;
    Text<3, 300> address;
    PhoneNumber phone;
    NewPayoutMethod payout_method;
    static constexpr auto fields() {
        return std::tuple{
            field("name", &NewShop::name),
            field("sellerKind", &NewShop::seller_kind),
            field("tpin", &NewShop::tpin),
            field("address", &NewShop::address),
            field("phone", &NewShop::phone),
            field("payoutMethod", &NewShop::payout_method)
        };
    }
};

struct Reason {
    Text<1, 300> reason;
    static constexpr auto fields() { return std::tuple{field("reason", &Reason::reason)}; }
};

// `+260…456` : enough to recognise, not enough to call.
std::string masked(const std::string& phone) {
    return phone.substr(0, 4) + "••••••" + phone.substr(phone.size() - 3);
}

std::string shop_id_status(const std::string& shop, ShopStatus status) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("shopId").text(shop).key("status").text(name_of(status)).end_object();
    return body;
}

Shop::Apply application(const Call& call, const NewShop& body, const ShopId& shop) {
    const Subject owner{call.caller.user.value};
    const std::string& payout_phone = body.payout_method.phone.value;
    Shop::Apply command;
    command.shop = shop;
    command.owner = call.caller.user;
    command.name = body.name.value;
    command.seller_kind = body.seller_kind;
    if (body.tpin) command.tpin = body.tpin->value;
    command.address = {owner, body.address.value};
    command.phone = {owner, body.phone.value};
    command.network = body.payout_method.provider;
    command.payout_phone = {owner, payout_phone};
    command.masked = masked(payout_phone);
    command.now = call.now;
    return command;
}

Awaitable<Answer> open_shop(App& app, Call& call) {
    if (call.caller.has(Role::platform_admin)) {
        co_return unexpected{Problem{
            .code = "role_excluded", .detail = "A platform administrator cannot sell (AUT-08)."
        }};
    }
    auto body = decode_body<NewShop>(call.request);
    if (!body) co_return unexpected{body.error()};
    const ShopId shop{derived_id("shp", call.command_id, "shop")};
    Command envelope = call.command(
        shop.value,
        stream_of<Shop>(shop.value),
        Shop::Command{application(call, *body, shop)},
        Role::customer
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    co_return json_response(shop_id_status(shop.value, ShopStatus::pending), 201);
}

std::optional<std::string> opened_text(
    App& app,
    const std::string& shop,
    const SealedAt<PublicText>& text,
    std::string_view name
) {
    return open_at(text, stream_of<Shop>(shop), name, app.vault);
}

void write_or_null(JsonWriter& out, std::string_view name, const std::optional<std::string>& text) {
    out.key(name);
    text ? out.text(*text) : out.null();
}

std::string render_shop(App& app, const Shop::Profile& shop, bool everything) {
    const std::string& id = shop.shop.value;
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(id).key("name").text(shop.name);
    out.key("sellerKind").text(name_of(shop.seller_kind));
    out.key("status").text(name_of(shop.status));
    if (everything) {
        write_or_null(out, "tpin", shop.tpin);
        out.key("tpinStatus").text(name_of(shop.tpin_status));
        write_or_null(out, "address", opened_text(app, id, shop.address, "address"));
        write_or_null(out, "phone", opened_text(app, id, shop.phone, "phone"));
        if (shop.payout_method) {
            out.key("payoutMethod").begin_object().key("type").text("MOBILE_MONEY");
            out.key("provider").text(name_of(shop.payout_method->network));
            out.key("phone").text(shop.payout_method->masked).end_object();
        }
    }
    out.end_object();
    return body;
}

Awaitable<Answer> get_shop(App& app, Call& call) {
    const std::string id = call.path("id");
    const auto profile = app.reference.get<Shop>(id, id).profile;
    if (!profile) co_return unexpected{not_found()};
    const bool mine = profile->owner == call.caller.user || call.caller.finance();
    co_return json_response(render_shop(app, *profile, mine));
}

Awaitable<Answer> list_shops(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    const auto good = filter.when_named<ShopStatus>(call, "status", "status = {}");
    if (!good) co_return unexpected{good.error()};
    std::string tail = tail_of(*page, filter);
    auto rows = co_await read_rows(app, model::tables::shops, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    co_return json_response(page_json(*page, *rows, [&](const model::Row& row) {
        const auto profile = app.reference.get<Shop>(row.text("id"), row.text("id")).profile;
        return profile ? std::optional{render_shop(app, *profile, true)} : std::nullopt;
    }));
}

Awaitable<Answer>
decide_on_shop(App& app, Call& call, Shop::Command command, std::string_view asked) {
    const std::string shop = call.path("id");
    Command envelope = call.command(
        shop, stream_of<Shop>(shop), AnyCommand{std::move(command)}, Role::platform_admin
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (outcome) {
        const auto after = co_await state_after<Shop>(app, *outcome, shop);
        co_return json_response(shop_id_status(shop, after.profile->status));
    }
    const auto profile = app.reference.get<Shop>(shop, shop).profile;
    if (!profile || outcome.error().code != "illegal_transition") {
        co_return unexpected{outcome.error()};
    }
    co_return unexpected{illegal_transition(name_of(profile->status), asked)};
}

// The owner's role comes by process and the TPIN's word from the tax authority: both are waited for
// a moment, and neither can undo the approval.
Awaitable<void> await_approval(App& app, const std::string& shop) {
    const auto profile = app.reference.get<Shop>(shop, shop).profile;
    if (!profile) co_return;
    const std::string owner = profile->owner.value;
    auto role_there = [&app, owner] {
        return app.reference.get<User>(owner, owner).has(Role::shop_owner);
    };
    co_await until(app.watch, owner, role_there, approval_patience);
    if (!profile->tpin) co_return;
    auto tpin_there = [&app, shop] {
        const auto now = app.reference.get<Shop>(shop, shop).profile;
        return !now || now->tpin_status != TpinStatus::unchecked;
    };
    co_await until(app.watch, shop, tpin_there, approval_patience);
}

Awaitable<Answer> approve_shop(App& app, Call& call) {
    auto answer = co_await decide_on_shop(app, call, Shop::Approve{call.now}, "ACTIVE");
    if (!answer) co_return answer;
    co_await await_approval(app, call.path("id"));
    co_return answer;
}

Awaitable<Answer> activate_shop(App& app, Call& call) {
    co_return co_await decide_on_shop(app, call, Shop::Activate{}, "ACTIVE");
}

Awaitable<Answer> reject_shop(App& app, Call& call) {
    auto body = decode_body<Reason>(call.request);
    if (!body) co_return unexpected{body.error()};
    Shop::Command command = Shop::Reject{body->reason.value};
    co_return co_await decide_on_shop(app, call, std::move(command), "REJECTED");
}

Awaitable<Answer> suspend_shop(App& app, Call& call) {
    auto body = decode_body<Reason>(call.request);
    if (!body) co_return unexpected{body.error()};
    Shop::Command command = Shop::Suspend{body->reason.value};
    co_return co_await decide_on_shop(app, call, std::move(command), "SUSPENDED");
}

Awaitable<Answer> set_payout_method(App& app, Call& call) {
    auto body = decode_body<NewPayoutMethod>(call.request);
    if (!body) co_return unexpected{body.error()};
    const std::string shop = call.path("id");
    if (!owns_shop(app, call.caller.user, ShopId{shop})) co_return unexpected{not_found()};
    Shop::SetPayoutMethod command{
        body->provider,
        {Subject{call.caller.user.value}, body->phone.value},
        masked(body->phone.value),
        call.now
    };
    Command envelope = call.command(
        shop, stream_of<Shop>(shop), Shop::Command{std::move(command)}, Role::shop_owner
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    const auto after = co_await state_after<Shop>(app, *outcome, shop);
    co_return json_response(render_shop(app, *after.profile, true));
}

BoundRoute decision(std::string verb, std::string summary, Shape body, RouteHandler handler) {
    return {
        {.method = "PATCH",
         .pattern = "/api/v1/admin/shops/:id/" + verb,
         .summary = std::move(summary),
         .tag = "shops",
         .access = any_of({Role::platform_admin}),
         .idempotency = Idempotency::optional,
         .body = std::move(body),
         .reply = {200, "How it stands now.", told("ShopStanding")},
         .problems = {"illegal_transition"}},
        handler
    };
}

}  // namespace

std::vector<BoundRoute> shop_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/shops",
          .summary = "Asks to sell.",
          .tag = "shops",
          .access = any_person(),
          .idempotency = Idempotency::optional,
          .body = shape_of<NewShop>(),
          .reply = {201, "The shop, PENDING.", told("ShopStanding")},
          .problems = {"role_excluded"}},
         open_shop},
        {{.method = "GET",
          .pattern = "/api/v1/shops/:id",
          .summary = "A shop: everything for its owner, the public part for others.",
          .tag = "shops",
          .reply = {200, "The shop.", told("Shop")}},
         get_shop},
        {{.method = "GET",
          .pattern = "/api/v1/admin/shops",
          .summary = "Shops, newest first.",
          .tag = "shops",
          .access = any_of({Role::platform_admin}),
          .query =
              {{"status", "PENDING, ACTIVE, REJECTED or SUSPENDED."},
               {"limit", "1 to 200."},
               {"cursor", "From nextCursor."}},
          .reply = {200, "A page of shops.", list_of("Shop")}},
         list_shops},
        decision("approve", "Lets a shop trade; its TPIN is checked.", {}, approve_shop),
        decision("activate", "Lets a suspended shop trade again.", {}, activate_shop),
        decision("reject", "Declines an application.", shape_of<Reason>(), reject_shop),
        decision("suspend", "Stops a shop's trade.", shape_of<Reason>(), suspend_shop),
        {{.method = "PUT",
          .pattern = "/api/v1/shops/:id/payout-method",
          .summary = "Where the shop is paid from the next payout on.",
          .tag = "shops",
          .access = any_person(),
          .idempotency = Idempotency::required,
          .body = shape_of<NewPayoutMethod>(),
          .reply = {200, "The shop.", told("Shop")}},
         set_payout_method},
    };
}

}  // namespace pakashop::api
