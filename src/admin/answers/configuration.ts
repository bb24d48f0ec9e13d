/** The configuration in force, for people and for `plan`: the model as JSON, without what must not be shown. */
import type { Configuration } from "../../config/model.ts";
import type { Instance } from "../instance.ts";
import type { ConfigurationStatusView, ConfigurationView } from "../views.ts";
import { reloadViewOf } from "./reload.ts";

/** JSON has no word for infinity. */
export function configurationViewOf(configuration: Configuration): ConfigurationView {
  const text = JSON.stringify(configuration, (_, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? NO_LIMIT : value,
  );
  const view = JSON.parse(text) as Configuration;
  return { ...view, settings: withoutSecrets(view.settings) } as unknown as ConfigurationView;
}

/** The reverse, but for the secrets. */
export function configurationOfView(view: ConfigurationView): Configuration {
  const { settings, listeners, upstreams, routes } = view;
  const text = JSON.stringify({ settings, listeners, upstreams, routes });
  return JSON.parse(text, (_, value: unknown) => (value === NO_LIMIT ? Number.POSITIVE_INFINITY : value));
}

/** Marked by the schema, so hidden however short they are. */
function withoutSecrets(settings: Configuration["settings"]): Configuration["settings"] {
  const { admin, explainToken } = settings;
  const hidden = (token: string | null) => (token === null ? null : HIDDEN);
  return {
    ...settings,
    explainToken: hidden(explainToken),
    admin: { ...admin, token: hidden(admin.token) },
  };
}

export function configurationStatusOf(instance: Instance): ConfigurationStatusView {
  const { routes, listeners, upstreams } = instance.loaded.configuration;
  return {
    in_force_since: new Date(instance.inForceSinceMs).toISOString(),
    routes: routes.length,
    listeners: listeners.length,
    upstreams: upstreams.length,
    last_reload: reloadViewOf(instance.lastReload),
  };
}

/** Nobody writes this as a name, a path or a message. */
const NO_LIMIT = "∞";
const HIDDEN = "***";
