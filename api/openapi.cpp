#include <algorithm>
#include <tuple>

#include "api/answers.hpp"
#include "api/documents.hpp"
#include "api/problem.hpp"
#include "events/kernel/json.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

using Door = Access::Door;

bool reads_models(const Route& route) {
    return route.method == "GET" && route.access.door != Door::open;
}

/// "/a/:id" as OpenAPI writes it: "/a/{id}"; the names in order.
std::string template_of(std::string_view pattern, std::vector<std::string>& names) {
    std::string result;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const auto segment = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(segment.size());
        if (segment.starts_with(':')) {
            names.emplace_back(segment.substr(1));
            result += "/{" + names.back() + "}";
        } else {
            result.append("/").append(segment);
        }
    }
    return result;
}

void write_parameter(
    JsonWriter& out,
    std::string_view name,
    std::string_view place,
    bool required,
    std::string_view description
) {
    out.begin_object().key("name").text(name).key("in").text(place);
    out.key("required").boolean(required);
    if (!description.empty()) out.key("description").text(description);
    out.key("schema").begin_object().key("type").text("string").end_object().end_object();
}

std::string_view about_key(Idempotency idempotency) {
    if (idempotency == Idempotency::unrepeated) {
        return "Names this command for 30 days. Its answer holds tokens and is never given again.";
    }
    return "Names this command; the same key and body get the same answer for 30 days.";
}

void write_parameters(
    JsonWriter& out,
    const Route& route,
    const std::vector<std::string>& path_names
) {
    out.key("parameters").begin_array();
    for (const auto& name : path_names) write_parameter(out, name, "path", true, {});
    for (const auto& each : route.query) {
        write_parameter(out, each.name, "query", false, each.description);
    }
    if (route.idempotency != Idempotency::none) {
        write_parameter(
            out,
            "Idempotency-Key",
            "header",
            route.idempotency == Idempotency::required,
            about_key(route.idempotency)
        );
    }
    if (reads_models(route)) {
        write_parameter(
            out,
            "Pakashop-Position",
            "header",
            false,
            "From an answer: read what it wrote, or later."
        );
    }
    out.end_array();
}

void write_header(JsonWriter& out, std::string_view name, std::string_view description) {
    out.key(name).begin_object().key("description").text(description);
    out.key("schema").begin_object().key("type").text("string").end_object().end_object();
}

void write_headers(JsonWriter& out, const Route& route) {
    if (route.idempotency == Idempotency::none) return;
    out.key("headers").begin_object();
    write_header(out, "Pakashop-Position", "Where the command was written; reads may ask for it.");
    if (route.idempotency != Idempotency::unrepeated) {
        write_header(
            out, "Idempotent-Replayed", "`true` when an earlier call's answer is given again."
        );
    }
    out.end_object();
}

void write_content(JsonWriter& out, std::string_view media_type, std::string_view schema) {
    out.key("content").begin_object().key(media_type).begin_object().key("schema").raw(schema);
    out.end_object().end_object();
}

void write_responses(JsonWriter& out, const Route& route) {
    out.key("responses").begin_object();
    out.key(std::to_string(route.reply.status)).begin_object();
    out.key("description").text(route.reply.description);
    write_headers(out, route);
    if (!route.reply.body.empty()) {
        write_content(out, route.reply.media_type, route.reply.body.schema);
    }
    out.end_object();
    std::vector<std::pair<int, std::string>> by_status;
    for (const auto& code : problems_of(route)) {
        const int status = find_problem_kind(code)->status;
        auto found = std::ranges::find(by_status, status, &std::pair<int, std::string>::first);
        if (found == by_status.end())
            by_status.emplace_back(status, code);
        else
            found->second += ", " + code;
    }
    std::ranges::sort(by_status);
    for (const auto& [status, codes] : by_status) {
        out.key(std::to_string(status)).begin_object().key("description").text(codes);
        write_content(
            out, "application/problem+json", R"({"$ref":"#/components/schemas/Problem"})"
        );
        out.end_object();
    }
    out.end_object();
}

void write_security(JsonWriter& out, const Access& access) {
    out.key("security").begin_array();
    if (access.door == Door::internal) {
        out.begin_object().key("internalKey").begin_array().end_array().end_object();
    } else if (access.door != Door::open) {
        out.begin_object().key("clientKey").begin_array().end_array();
        if (access.door != Door::client) out.key("person").begin_array().end_array();
        out.end_object();
    }
    out.end_array();
    if (access.any_of.empty()) return;
    out.key("x-roles").begin_array();
    for (const Role role : access.any_of) out.text(name_of(role));
    out.end_array();
}

std::string lower_method(std::string_view method) {
    std::string lower{method};
    for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string operation_id(const Route& route, std::string_view path) {
    std::string id = lower_method(route.method);
    for (const char c : path) id += c == '/' || c == '{' || c == '}' || c == '.' ? '_' : c;
    return id;
}

void write_operation(
    JsonWriter& out,
    const Route& route,
    std::string_view path,
    const std::vector<std::string>& names
) {
    out.key(lower_method(route.method)).begin_object();
    out.key("operationId").text(operation_id(route, path));
    out.key("summary").text(route.summary);
    out.key("tags").begin_array().text(route.tag).end_array();
    write_security(out, route.access);
    write_parameters(out, route, names);
    if (!route.body.empty()) {
        out.key("requestBody").begin_object().key("required").boolean(true);
        write_content(out, "application/json", route.body.schema);
        out.end_object();
    }
    write_responses(out, route);
    out.end_object();
}

struct Operation {
    std::string path;
    std::vector<std::string> names;
    const Route* route;
};

std::vector<Operation> operations_of(std::span<const Route> routes) {
    std::vector<Operation> all;
    const auto add = [&](const Route& route, std::string_view pattern) {
        std::vector<std::string> names;
        std::string path = template_of(pattern, names);
        all.push_back({std::move(path), std::move(names), &route});
    };
    for (const auto& route : routes) {
        add(route, route.pattern);
        for (const auto& alias : route.aliases) add(route, alias);
    }
    // By path; within one, as declared.
    std::ranges::sort(all, {}, [](const Operation& each) {
        return std::tie(each.path, each.route);
    });
    return all;
}

void write_key(JsonWriter& out, std::string_view name, std::string_view header) {
    out.key(name).begin_object().key("type").text("apiKey").key("in").text("header");
    out.key("name").text(header).end_object();
}

void write_components(JsonWriter& out) {
    out.key("components").begin_object().key("securitySchemes").begin_object();
    write_key(out, "clientKey", "x-pakashop-key");
    write_key(out, "internalKey", "x-internal-key");
    out.key("person").begin_object().key("type").text("http").key("scheme").text("bearer");
    out.key("bearerFormat").text("JWT").end_object().end_object();
    out.key("schemas").begin_object().key("Problem").begin_object();
    out.key("type").text("object").key("properties").begin_object();
    for (const auto name : {"type", "title", "detail", "instance"}) {
        out.key(name).begin_object().key("type").text("string").end_object();
    }
    out.key("status").begin_object().key("type").text("integer").end_object();
    out.key("code").begin_object().key("type").text("string").key("enum").begin_array();
    for (const auto& kind : problem_kinds()) out.text(kind.code);
    out.end_array().end_object();
    out.key("errors").raw(
        R"({"type":"array","items":{"type":"object","properties":{"pointer":{"type":"string"},)"
        R"("detail":{"type":"string"}},"required":["pointer","detail"]}})"
    );
    out.end_object().key("required").begin_array();
    for (const auto name : {"type", "title", "status", "instance", "code"}) out.text(name);
    out.end_array().end_object();
    for (const auto& [name, shape] : named_shapes()) out.key(name).raw(shape.schema);
    out.end_object().end_object();
}

}  // namespace

std::vector<std::string> problems_of(const Route& route) {
    std::vector<std::string> codes = route.problems;
    const auto add = [&](std::initializer_list<std::string_view> more) {
        codes.insert(codes.end(), more.begin(), more.end());
    };
    const Door door = route.access.door;
    if (door == Door::internal)
        add({"internal_key_invalid"});
    else if (door != Door::open)
        add({"client_key_invalid", "rate_limited"});
    if (door == Door::person || door == Door::roles) {
        add({"token_invalid", "second_factor_enrolment_required"});
    }
    if (!route.access.any_of.empty()) add({"role_required"});
    if (route.pattern.find(':') != route.pattern.npos) add({"not_found"});
    if (reads_models(route)) {
        add({"position_invalid", "read_model_behind", "read_model_unavailable"});
    }
    for (const auto& each : route.query) {
        add({"validation_failed"});
        if (each.name == "cursor") add({"cursor_invalid"});
    }
    if (!route.body.empty()) {
        add({"malformed_json", "media_type", "body_too_large", "validation_failed"});
    }
    if (route.idempotency == Idempotency::required) add({"idempotency_key_required"});
    if (route.idempotency != Idempotency::none) {
        add(
            {"idempotency_key_invalid",
             "idempotency_key_reused",
             "overloaded",
             "log_unavailable",
             "storage_low"}
        );
    }
    std::ranges::sort(codes);
    const auto repeated = std::ranges::unique(codes);
    codes.erase(repeated.begin(), repeated.end());
    for (const auto& code : codes) {
        require(find_problem_kind(code) != nullptr, "a route names only problems of the table");
    }
    return codes;
}

std::string openapi_document(std::span<const Route> routes, std::string_view version) {
    std::string text;
    JsonWriter out{text};
    out.begin_object().key("openapi").text("3.1.0");
    out.key("info").begin_object().key("title").text("Pakashop");
    out.key("version").text(version).end_object();
    out.key("paths").begin_object();
    const auto operations = operations_of(routes);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const bool first = i == 0 || operations[i - 1].path != operations[i].path;
        const bool last =
            i + 1 == operations.size() || operations[i + 1].path != operations[i].path;
        if (first) out.key(operations[i].path).begin_object();
        write_operation(out, *operations[i].route, operations[i].path, operations[i].names);
        if (last) out.end_object();
    }
    out.end_object();
    write_components(out);
    out.end_object();
    return text;
}

}  // namespace pakashop::api
