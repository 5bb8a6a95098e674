#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "api/answers.hpp"
#include "api/documents.hpp"
#include "api/problem.hpp"
#include "events/kernel/hash.hpp"

namespace pakashop::api {
namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#0a7d4f}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.8rem;overflow-x:auto;border-radius:6px}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.2rem .8rem}
summary{cursor:pointer;padding:.4rem 0}
summary b{display:inline-block;min-width:4.5rem;color:var(--accent)}
summary span{opacity:.75;margin-left:.6rem}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
tr:target{background:var(--soft)}
)";

std::string escape(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string who(const Access& access) {
    switch (access.door) {
        case Access::Door::open:
            return "anyone, without a key";
        case Access::Door::client:
            return "anyone with the client key";
        case Access::Door::person:
            return "a person";
        case Access::Door::internal:
            return "the internal key";
        case Access::Door::roles:
            break;
    }
    std::string names;
    for (const Role role : access.any_of) {
        names += (names.empty() ? "" : ", ") + std::string{name_of(role)};
    }
    return names;
}

std::string_view about_key(Idempotency idempotency) {
    switch (idempotency) {
        case Idempotency::required:
            return "<p>Needs an <code>Idempotency-Key</code>.</p>";
        case Idempotency::optional:
            return "<p>Takes an <code>Idempotency-Key</code>.</p>";
        case Idempotency::unrepeated:
            return "<p>Takes an <code>Idempotency-Key</code>; its answer is never given again.</p>";
        case Idempotency::none:
            break;
    }
    return {};
}

/// Indents minified JSON by its brackets.
std::string indent(std::string_view json) {
    std::string result;
    std::size_t depth = 0;
    bool inside_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"' && (i == 0 || json[i - 1] != '\\')) inside_text = !inside_text;
        const bool closes = !inside_text && (c == '}' || c == ']');
        const bool opens = !inside_text && (c == '{' || c == '[');
        if (closes) result += "\n" + std::string(--depth * 2, ' ');
        result += c;
        if (opens) ++depth;
        if (opens || (!inside_text && c == ',')) result += "\n" + std::string(depth * 2, ' ');
        if (!inside_text && c == ':') result += ' ';
    }
    return result;
}

void append_shape(std::string& page, std::string_view title, const Shape& shape) {
    if (shape.empty()) return;
    fmt::format_to(
        std::back_inserter(page), "<p>{}</p><pre>{}</pre>", title, escape(indent(shape.schema))
    );
}

void append_route(std::string& page, const Route& route) {
    const auto out = std::back_inserter(page);
    fmt::format_to(
        out,
        "<details><summary><b>{}</b><code>{}</code><span>{}</span></summary><p>For: {}.</p>",
        escape(route.method),
        escape(route.pattern),
        escape(route.summary),
        escape(who(route.access))
    );
    for (const auto& alias : route.aliases) {
        fmt::format_to(out, "<p>Also as <code>{}</code>.</p>", escape(alias));
    }
    page += about_key(route.idempotency);
    for (const auto& each : route.query) {
        fmt::format_to(
            out, "<p><code>?{}=</code> {}</p>", escape(each.name), escape(each.description)
        );
    }
    append_shape(page, "Body", route.body);
    fmt::format_to(out, "<p>{}: {}</p>", route.reply.status, escape(route.reply.description));
    append_shape(page, "Answer", route.reply.body);
    page += "<p>Problems:";
    for (const auto& code : problems_of(route)) {
        fmt::format_to(out, " <a href=\"#{0}\">{0}</a>", code);
    }
    page += "</p></details>\n";
}

void append_problems(std::string& page) {
    page += "<h2>Problems</h2><table><tr><th>code</th><th>status</th><th>title</th></tr>\n";
    for (const auto& kind : problem_kinds()) {
        fmt::format_to(
            std::back_inserter(page),
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td></tr>\n",
            kind.code,
            kind.status,
            escape(kind.title)
        );
    }
    page += "</table>\n";
}

void append_named_shapes(std::string& page) {
    page += "<h2>Shapes</h2>\n";
    for (const auto& [name, shape] : named_shapes()) {
        fmt::format_to(
            std::back_inserter(page),
            "<details><summary><code>{}</code></summary><pre>{}</pre></details>\n",
            name,
            escape(indent(shape.schema))
        );
    }
}

std::vector<std::string> tags_of(std::span<const Route> routes) {
    std::vector<std::string> tags;
    for (const auto& route : routes) {
        if (std::ranges::find(tags, route.tag) == tags.end()) tags.push_back(route.tag);
    }
    return tags;
}

}  // namespace

http::Response docs_page(std::span<const Route> routes, std::string_view version) {
    std::string page = fmt::format(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>Pakashop API</title><style>{}</style></head><body>"
        "<h1>Pakashop API</h1><p>Version {}. For programs: <a href=\"/openapi.json\">openapi.json"
        "</a>.</p>\n",
        style,
        escape(version)
    );
    for (const auto& tag : tags_of(routes)) {
        fmt::format_to(std::back_inserter(page), "<h2>{}</h2>\n", escape(tag));
        for (const auto& route : routes) {
            if (route.tag == tag) append_route(page, route);
        }
    }
    append_named_shapes(page);
    append_problems(page);
    page += "</body></html>\n";
    http::Response response;
    response.set("Content-Type", "text/html; charset=utf-8");
    response.set(
        "Content-Security-Policy",
        fmt::format(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'",
            to_base64(sha256(style))
        )
    );
    response.body = std::move(page);
    return response;
}

}  // namespace pakashop::api
