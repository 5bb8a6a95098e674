#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/routes/routes.hpp"

namespace pakashop::api {
namespace {

struct NewValue {
    Text<1, 200> value;
    static constexpr auto fields() { return std::tuple{field("value", &NewValue::value)}; }
};

pakashop::Config::State chosen(App& app) {
    const std::string& name = app.config.feature_flags;
    return app.reference.get<pakashop::Config>("config:" + name, name);
}

// A flag that nobody set says what its variable, or the program, gives it.
void write_members(
    JsonWriter& out,
    App& app,
    const SettingSpec& spec,
    const pakashop::Config::State& state
) {
    const std::string otherwise = default_of(spec, app.config.setting_defaults);
    const auto set = state.settings.find(std::string{spec.name});
    const bool mine = set != state.settings.end();
    out.key("value").text(mine ? set->second.value : otherwise);
    out.key("default").text(otherwise);
    if (mine) {
        out.key("changedBy").text(set->second.by.value);
        out.key("changedAt").text(to_rfc3339(set->second.at));
    }
}

void write_setting(
    JsonWriter& out,
    App& app,
    const SettingSpec& spec,
    const pakashop::Config::State& state
) {
    out.begin_object();
    write_members(out, app, spec, state);
    out.end_object();
}

Awaitable<Answer> get_config(App& app, Call&) {
    const auto state = chosen(app);
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    for (const SettingSpec& spec : setting_specs()) {
        out.key(spec.name);
        write_setting(out, app, spec, state);
    }
    out.end_object();
    co_return json_response(std::move(body));
}

Problem invalid_value(std::string detail) {
    return {
        .code = "validation_failed",
        .detail = "The setting cannot have this value.",
        .errors = {{"#/value", std::move(detail)}}
    };
}

Result<PublicText, Problem>
checked_value(const App& app, const SettingSpec& spec, const std::string& value) {
    const auto normal = normal_value(spec, value);
    if (!normal) {
        return unexpected{invalid_value("is not a " + std::string{name_of(spec.kind)})};
    }
    if (app.config.production() && !allowed_in_production(spec, *normal)) {
        return unexpected{invalid_value("is refused in production")};
    }
    if (!allowed_by_environment(spec, *normal, app.config.setting_defaults)) {
        const std::string variable{spec.variable};
        return unexpected{invalid_value("is forbidden by " + variable + "=false")};
    }
    if (*normal == name_of(ProviderChoice::flutterwave)) {
        return unexpected{invalid_value("is not connected")};
    }
    return *normal;
}

Awaitable<Answer> put_config(App& app, Call& call) {
    const std::string name = call.path("flag");
    const SettingSpec* spec = find_setting(name);
    if (!spec) co_return unexpected{not_found()};
    auto body = decode_body<NewValue>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto value = checked_value(app, *spec, body->value.value);
    if (!value) co_return unexpected{value.error()};
    const std::string stream = stream_of<pakashop::Config>(app.config.feature_flags);
    pakashop::Config::Set command{name, *value, call.caller.user, call.now};
    Command envelope = call.command(
        stream, stream, pakashop::Config::Command{std::move(command)}, Role::platform_admin
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    const std::string& set = app.config.feature_flags;
    const auto state = co_await state_after<pakashop::Config>(app, *outcome, set);
    std::string reply;
    JsonWriter out{reply};
    out.begin_object().key(spec->name);
    write_setting(out, app, *spec, state);
    // The one setting by its name, as in the list, and its members at the top as well.
    write_members(out, app, *spec, state);
    out.end_object();
    co_return json_response(std::move(reply));
}

}  // namespace

std::vector<BoundRoute> config_routes() {
    const Access admin = any_of({Role::platform_admin});
    return {
        {{.method = "GET",
          .pattern = "/api/v1/admin/config",
          .summary = "Flags and run-time settings.",
          .tag = "settings",
          .access = admin,
          .reply = {200, "The settings by name.", told("{*:Setting}")}},
         get_config},
        {{.method = "PUT",
          .pattern = "/api/v1/admin/config/:flag",
          .summary = "Changes a setting, at once and on record.",
          .tag = "settings",
          .access = admin,
          .idempotency = Idempotency::optional,
          .body = shape_of<NewValue>(),
          .reply =
              {200,
               "The setting by its name, and its members.",
               told("{value, default, changedBy?, changedAt?:time, *:Setting}")}},
         put_config},
    };
}

}  // namespace pakashop::api
