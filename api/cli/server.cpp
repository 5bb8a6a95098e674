#include <cstdlib>

#include <fmt/core.h>

#include "adapters/http/client.hpp"
#include "adapters/postgres/migrate.hpp"
#include "api/cli/commands.hpp"
#include "api/compose.hpp"
#include "events/kernel/json.hpp"
#include "projections/core.hpp"

namespace pakashop::cli {
namespace {

constexpr int rebuild_timeout_ms = 600'000;

std::string variable(const char* name, std::string otherwise = {}) {
    const char* value = std::getenv(name);
    return value ? value : otherwise;
}

/// Asks the running server on its internal door.
Result<HttpReply, HttpFailure> ask_server(std::string path, std::string body, int timeout_ms) {
    HttpCall call;
    call.method = "POST";
    call.url = "http://" + variable("PAKASHOP_LISTEN", "127.0.0.1:8000") + std::move(path);
    call.headers = {
        {"Content-Type", "application/json"}, {"x-internal-key", variable("INTERNAL_API_KEY")}
    };
    call.body = std::move(body);
    call.timeout_ms = timeout_ms;
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
    return reply->status == 503 ? api::exit_try_again : api::exit_bad_data;
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
    const std::string url = variable("DATABASE_URL");
    if (url.empty()) {
        fmt::print(stderr, "DATABASE_URL: is required\n");
        return api::exit_refuses;
    }
    const auto done = postgres::migrate(url, postgres::migrations());
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
    const std::string body = user_body(user);
    auto reply = ask_server("/internal/users", body, timeout_ms);
    const bool nobody_there = !reply && reply.error().kind == HttpFailure::Kind::not_sent;
    if (!nobody_there) return print_reply(reply);
    auto served = api::serve_briefly([&](const std::string& listen) {
        setenv("PAKASHOP_LISTEN", listen.c_str(), 1);
        return print_reply(ask_server("/internal/users", body, timeout_ms));
    });
    return served;
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
    auto reply = ask_server("/internal/rebuild", body, rebuild_timeout_ms);
    const bool nobody_there = !reply && reply.error().kind == HttpFailure::Kind::not_sent;
    if (!nobody_there) return print_reply(reply);
    return api::serve_briefly([&](const std::string& listen) {
        setenv("PAKASHOP_LISTEN", listen.c_str(), 1);
        return print_reply(ask_server("/internal/rebuild", body, rebuild_timeout_ms));
    });
}

}  // namespace pakashop::cli
