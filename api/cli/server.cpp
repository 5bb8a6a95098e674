#include <fmt/core.h>

#include "adapters/http/client.hpp"
#include "adapters/postgres/migrate.hpp"
#include "api/cli/commands.hpp"
#include "api/compose.hpp"
#include "api/environment.hpp"
#include "events/kernel/json.hpp"
#include "projections/core.hpp"

namespace pakashop::cli {
namespace {

constexpr int rebuild_timeout_ms = 600'000;

/// A call on the server's internal door.
struct Errand {
    std::string path;
    std::string body;
    int timeout_ms;
};

/// Where the server listens, and what opens its internal door; the wrong field, as the server
/// would name it.
struct Door {
    std::string authority;
    std::string key;
};
Result<Door, std::string> internal_door() {
    const auto listen = api::read_variable(api::process_environment, "PAKASHOP_LISTEN");
    if (!listen) return unexpected{"PAKASHOP_LISTEN_FILE: " + listen.error()};
    const auto address = api::parse_listen(listen->empty() ? "127.0.0.1:8000" : *listen);
    if (!address) return unexpected{"PAKASHOP_LISTEN: must be address:port, with an IP address"};
    auto key = api::read_variable(api::process_environment, "INTERNAL_API_KEY");
    if (!key) return unexpected{"INTERNAL_API_KEY_FILE: " + key.error()};
    return Door{address->authority(), *std::move(key)};
}

Result<HttpReply, HttpFailure> ask_server(const Door& door, const Errand& errand) {
    HttpCall call;
    call.method = "POST";
    call.url = "http://" + door.authority + errand.path;
    call.headers = {{"Content-Type", "application/json"}, {"x-internal-key", door.key}};
    call.body = errand.body;
    call.timeout_ms = errand.timeout_ms;
    return send(call);
}

// What a person should do is in the problem's own words.
int print_reply(const Result<HttpReply, HttpFailure>& reply) {
    if (!reply) {
        fmt::print(stderr, "no server answers: {}\n", reply.error().text);
        return api::exit_service_away;
    }
    if (reply->status >= 200 && reply->status < 300) {
        fmt::print("{}\n", reply->body);
        return api::exit_done;
    }
    fmt::print(stderr, "{}\n", reply->body);
    const bool later = reply->status == 429 || reply->status == 503;
    return later ? api::exit_try_again : api::exit_bad_data;
}

// By the server that runs, or, where none does, by one for this errand alone.
int run_errand(const Errand& errand) {
    const auto door = internal_door();
    if (!door) {
        fmt::print(stderr, "{}\n", door.error());
        return api::exit_refuses;
    }
    auto reply = ask_server(*door, errand);
    const bool nobody_there = !reply && reply.error().kind == HttpFailure::Kind::not_sent;
    if (!nobody_there) return print_reply(reply);
    return api::serve_briefly([&](const std::string& listen) {
        return print_reply(ask_server({listen, door->key}, errand));
    });
}

std::string user_body(const NewUser& user) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("email").text(user.email).key("phone").text(user.phone);
    out.key("name").text(user.name).key("password").text(user.password);
    out.key("roles").begin_array();
    for (const std::string& role : user.roles) out.text(role);
    out.end_array().end_object();
    return body;
}

}  // namespace

int migrate() {
    const auto url = api::read_variable(api::process_environment, "DATABASE_URL");
    if (!url || url->empty()) {
        const std::string why =
            url ? "DATABASE_URL: is required" : "DATABASE_URL_FILE: " + url.error();
        fmt::print(stderr, "{}\n", why);
        return api::exit_refuses;
    }
    const auto done = postgres::migrate(*url, postgres::migrations());
    if (!done) {
        fmt::print(stderr, "{}\n", done.error().detail);
        const bool away = done.error().kind == postgres::MigrateFailure::Kind::unavailable;
        return away ? api::exit_service_away : api::exit_refuses;
    }
    for (const std::string& name : *done) fmt::print("applied {}\n", name);
    fmt::print("checked {} migrations\n", postgres::migrations().size());
    return api::exit_done;
}

int create_user(const NewUser& user) {
    constexpr int timeout_ms = 10'000;
    return run_errand({"/internal/users", user_body(user), timeout_ms});
}

int list_read_models() {
    for (const model::Projection* one : model::core_projections()) fmt::print("{}\n", one->name);
    return api::exit_done;
}

int rebuild(const std::string& name, bool swap) {
    if (!model::find_projection(name)) {
        fmt::print(stderr, "there is no read model {}; see --list\n", name);
        return api::exit_usage;
    }
    std::string body;
    JsonWriter{body}.begin_object().key("name").text(name).key("swap").boolean(swap).end_object();
    return run_errand({"/internal/rebuild", std::move(body), rebuild_timeout_ms});
}

}  // namespace pakashop::cli
