import type { ChartKeys } from "../../../components/chart";

/** One thing taken from the chart `plain`, or added to it, and what its row says then. */
export interface Lacking {
  readonly row: string;
  /** A text of the chart, by file, and what stands there instead. */
  readonly edits?: readonly (readonly [file: string, from: string, to: string])[];
  /** A template of its own. */
  readonly added?: string;
  readonly keys?: Partial<ChartKeys>;
  readonly says: RegExp;
  readonly level?: "warns";
}

const DEPLOYMENT = "templates/deployment.yaml";
const SERVICE = "templates/service.yaml";
const VALUES = "../plain.values.yaml";

const CLASS = `      volumes:
        - name: credential
          csi:
            driver: secrets-store.csi.k8s.io
            volumeAttributes:
              secretProviderClass: {{ .Values.class }}
`;

/** One release for both slots. */
const ROLLING = { strategy: "rolling" } as const satisfies Partial<ChartKeys>;

/** Pods that say which slot they are of. */
const SLOT_LABEL = [
  DEPLOYMENT,
  "part: web",
  "part: web\n        slot: {{ .Values.slot }}",
] as const;

const job = (annotations: string, user = "{{ .Values.user }}") => `
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {${annotations}}
spec:
  template:
    spec:
      restartPolicy: Never
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: migrate
          image: registry.example/web:1
          env:
            - { name: PGUSER, value: ${user} }
            - name: PGPASSWORD
              valueFrom: { secretKeyRef: { name: {{ .Values.secret }}, key: password } }
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;

/** Every row of the contract, as docs/contract.md has them, with a chart that falls short of it. */
export const LACKING: readonly Lacking[] = [
  {
    row: "R1",
    edits: [
      [
        "Chart.yaml",
        "version: 1.0.0",
        "version: 1.0.0\ndependencies:\n  - {name: redis, version: 1.0.0, repository: 'https://charts.example'}",
      ],
    ],
    says: /needs redis, which it does not contain.*helm dependency build/s,
  },
  {
    row: "R1",
    edits: [[DEPLOYMENT, "spec:", '{{ required "secret is required" .Values.nothing }}\nspec:']],
    says: /does not render \(blue, green, .*retired\): .*secret is required/s,
  },
  {
    row: "R2",
    added:
      "apiVersion: v1\nkind: Secret\nmetadata: { name: '{{ .Release.Name }}-key' }\ndata: { KEY: {{ randAlphaNum 32 | b64enc }} }",
    says: /Secret\/app-blue-key is new in each render \(KEY\).*existingSecret/s,
  },
  {
    row: "R2",
    added:
      "apiVersion: v1\nkind: Secret\nmetadata: { name: '{{ .Release.Name }}-key' }\ndata: { KEY: {{ randAlphaNum 32 | b64enc }} }",
    keys: ROLLING,
    says: /Secret\/app-key is new .*each rotation would make another, which cannot read/,
  },
  {
    row: "R3",
    added:
      "apiVersion: v1\nkind: Secret\nmetadata: { name: '{{ .Release.Name }}-key' }\nstringData: { SALT: {{ sha256sum .Release.Name }} }",
    says: /app-blue-key holds something else in each slot \(SALT\).*same value for both slots/s,
    level: "warns",
  },
  {
    row: "R4",
    edits: [[SERVICE, "apiVersion", '{{- $_ := lookup "v1" "Secret" "app" "key" }}\napiVersion']],
    says: /service\.yaml uses `lookup`/,
    level: "warns",
  },
  {
    row: "C1",
    edits: [[VALUES, "user: ${role}", "user: app"]],
    says: /Nothing in the chart says app_blue.*\$\{role\}.*rotation:secretKeys \{"password":"\$\{password\}","username":"\$\{role\}"\}.*Nothing in the chart says app_green/s,
  },
  {
    row: "C2",
    edits: [[VALUES, "secret: ${secret}", "secret: database"]],
    says: /Deployment\/app-blue \(web\) reads no credential.*\$\{secret\}, by secretKeyRef/s,
  },
  {
    row: "C2",
    keys: { delivery: "file" },
    says: /Deployment\/app-green \(web\) reads no credential.*\$\{class\} and read the file \$\{file\}/s,
  },
  {
    row: "C3",
    edits: [[DEPLOYMENT, "key: password", "key: password\n                  optional: true"]],
    says: /starts without a password .* env DB_PASSWORD is optional/,
  },
  {
    row: "C4",
    edits: [
      [
        DEPLOYMENT,
        "            - name: DB_PASSWORD",
        "            - {name: ADMIN_PASSWORD, value: s3cret}\n            - name: DB_PASSWORD",
      ],
    ],
    says: /\(web\) has ADMIN_PASSWORD by value/,
  },
  {
    row: "C5",
    edits: [
      [VALUES, "secret: ${secret}", "class: ${class}"],
      [
        DEPLOYMENT,
        "              valueFrom:\n                secretKeyRef:\n                  name: {{ .Values.secret }}\n                  key: password",
        "              value: /mnt/secrets/password",
      ],
      [DEPLOYMENT, "      volumes:\n", CLASS.replace("{{ .Values.class }}", "app-blue-01234567")],
      [
        DEPLOYMENT,
        "- name: tmp\n              mountPath: /tmp",
        "- name: credential\n              mountPath: /mnt/secrets",
      ],
      [DEPLOYMENT, "{{ .Values.version | quote }}", '"none"'],
    ],
    keys: { delivery: "file" },
    says: /A new password would not restart Deployment\/app-blue.*rotation\/secret-version: \$\{version\}/s,
  },
  {
    row: "C6",
    edits: [
      [DEPLOYMENT, "      volumes:\n", CLASS.replace("{{ .Values.class }}", "{{ .Release.Name }}")],
    ],
    keys: { delivery: "file" },
    says: /mounts app-blue, whose name does not hold the version.*Mount \$\{class\}/s,
  },
  {
    row: "C6",
    added:
      "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: { name: '{{ .Release.Name }}-own' }\nspec: { provider: azure }",
    says: /SecretProviderClass\/app-blue-own is the chart's own/,
  },
  {
    row: "C6",
    edits: [
      [VALUES, "secret: ${secret}", "secret: ${secret}\nclass: ${class}"],
      [DEPLOYMENT, "      volumes:\n", CLASS],
    ],
    keys: { secretFrom: "vault" },
    says: /mounts \$\{class\}, which is not for its pods.*read \$\{secret\}/s,
  },
  {
    row: "C6",
    added:
      "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: { name: '{{ .Release.Name }}-own' }\nspec: { provider: azure, secretObjects: [{ secretName: {{ .Values.secret }} }] }",
    says: /own writes \$\{secret\}: old pods would write the old password.*there before any pod/s,
  },
  {
    row: "C7",
    added: job('"helm.sh/hook": "pre-install,pre-upgrade"'),
    says: /Job\/app-blue-migrate logs in before any pod .* \(pre-install, pre-upgrade\)/,
    level: "warns",
  },
  {
    row: "C7",
    added: job('"helm.sh/hook": pre-install'),
    // Its holder is ready before the release, and so is the Secret.
    keys: { secretFrom: "vault" },
    says: /logs in before any pod .*can run while the other slot serves/s,
    level: "warns",
  },
  {
    row: "C7",
    added: job('"helm.sh/hook": pre-upgrade'),
    keys: ROLLING,
    says: /can run while pods with the credential before it serve/,
    level: "warns",
  },
  {
    row: "C8",
    edits: [[DEPLOYMENT, "- name: DB_PASSWORD", "- name: PGPASSWORD"]],
    says: /DATABASE_URL holds \$\(DB_PASSWORD\) as text.*Declare DB_PASSWORD above DATABASE_URL/s,
  },
  {
    row: "S1",
    added:
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: authentik }\nrules: []",
    says: /Role\/authentik belongs to both releases; Helm refuses the second/,
  },
  {
    row: "S2",
    edits: [
      [SERVICE, "app: {{ .Release.Name }}", "app: plain"],
      [
        DEPLOYMENT,
        "      labels:\n        app: {{ .Release.Name }}",
        "      labels:\n        app: plain",
      ],
    ],
    says: /Service\/app-blue would send to pods of Deployment\/app-green/,
  },
  {
    row: "S2",
    added:
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: '{{ .Release.Name }}' }\nspec: { selector: { matchLabels: { part: web } } }",
    says: /PodDisruptionBudget\/app-blue also selects pods of Deployment\/app-green/,
    level: "warns",
  },
  {
    row: "S3",
    added:
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: '{{ .Release.Name }}' }\nspec: { accessModes: [ReadWriteOnce] }",
    says: /PersistentVolumeClaim\/app-blue is a volume: each slot would keep its own data/,
  },
  {
    row: "S4",
    added:
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: '{{ .Release.Name }}-clean' }\nspec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: {} } } } }",
    says: /CronJob\/app-blue-clean runs in both slots.*rotation:twice allowed/s,
    level: "warns",
  },
  {
    row: "S4",
    added:
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: '{{ .Release.Name }}-worker' }\nspec: { template: { spec: {} } }",
    keys: { twice: "forbidden" },
    says: /Deployment\/app-blue-worker runs in both slots/,
  },
  {
    row: "S5",
    added:
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: '{{ .Release.Name }}-postgresql' }\nspec: { template: { spec: { containers: [{ name: db, image: 'docker.example/bitnami/postgresql:17' }] } } }",
    says: /StatefulSet\/app-blue-postgresql is the chart's own PostgreSQL/,
    level: "warns",
  },
  {
    row: "S6",
    edits: [[DEPLOYMENT, "kind: Deployment", "kind: StatefulSet"]],
    says: /StatefulSet\/app-blue is behind the Service, and .* Deployments only/,
  },
  {
    row: "S6",
    edits: [[DEPLOYMENT, "kind: Deployment", "kind: StatefulSet"]],
    keys: ROLLING,
    says: /StatefulSet\/app is behind the Service, and .* Deployments only/,
  },
  {
    row: "S6",
    added:
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: '{{ .Release.Name }}-canary' }\nspec: { template: { metadata: { labels: { app: '{{ .Release.Name }}' } }, spec: {} } }",
    says: /Deployment\/app-blue\b.* and Deployment\/app-blue\b.* are behind one Service/,
  },
  {
    row: "S7",
    added:
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: '{{ .Release.Name }}-worker' }\nspec: { selector: { matchLabels: { app: worker } }, template: { metadata: { labels: { app: worker } }, spec: {} } }",
    says: /Nothing tells pods of Deployment\/app-blue-worker from the other slot's.*app\.kubernetes\.io\/instance: app-\$\{slot\}/s,
  },
  {
    row: "S7",
    added: job(""),
    says: /Pods of Job\/app-blue-migrate share no label with the slot's others/,
    level: "warns",
  },
  {
    row: "U1",
    added:
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: '{{ .Release.Name }}-{{ .Values.slot }}' }",
    keys: ROLLING,
    says: /^ConfigMap\/app-blue is named after a credential: Helm would delete it .*without \$\{slot\}.*turn it off\.$/,
  },
  {
    row: "U1",
    added:
      "apiVersion: v1\nkind: Secret\nmetadata: { name: 'app-{{ .Values.version | trunc 8 }}' }",
    keys: ROLLING,
    says: /^Secret\/app-01234567 is named after a credential: Helm would delete it/,
  },
  {
    row: "U1",
    added:
      '{{ if eq .Values.slot "green" }}\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: only }\n{{ end }}',
    keys: ROLLING,
    says: /^ConfigMap\/only is named after a credential/,
  },
  {
    row: "U1",
    edits: [[VALUES, "slot: ${slot}", "slot: ${slot}\naccount: ${account}"]],
    added: "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: '{{ .Values.account }}' }",
    keys: ROLLING,
    says: /^ServiceAccount\/app-blue-credential is named .*serviceAccount\.create: false.*the program makes \$\{account\}/,
  },
  {
    row: "U1",
    added:
      "apiVersion: batch/v1\nkind: Job\nmetadata: { name: 'app-{{ .Values.slot }}', annotations: { helm.sh/hook: pre-upgrade } }\nspec: {}",
    keys: ROLLING,
    says: /^Job\/app-blue is named .*Helm does not delete it.*hook-succeeded/,
    level: "warns",
  },
  {
    row: "U1",
    added:
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: 'app-{{ .Values.slot }}', annotations: { helm.sh/resource-policy: keep } }",
    keys: ROLLING,
    says: /^ConfigMap\/app-blue is named .*each rotation leaves one behind.*\$\{version\}\.$/,
    level: "warns",
  },
  {
    row: "U2",
    edits: [
      SLOT_LABEL,
      [
        DEPLOYMENT,
        "matchLabels:\n      app: {{ .Release.Name }}",
        "matchLabels:\n      slot: {{ .Values.slot }}",
      ],
    ],
    keys: ROLLING,
    says: /^Deployment\/app: its selector differs with the credential, and cannot be changed/,
  },
  {
    row: "U2",
    added:
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: queue }\nspec: { serviceName: 'queue-{{ .Values.slot }}', template: { spec: {} } }",
    keys: ROLLING,
    says: /^StatefulSet\/queue: its serviceName differs/,
  },
  {
    row: "U3",
    edits: [
      SLOT_LABEL,
      [
        SERVICE,
        "app: {{ .Release.Name }}",
        "app: {{ .Release.Name }}\n    slot: {{ .Values.slot }}",
      ],
    ],
    keys: ROLLING,
    says: /^Service\/app selects pods by their credential: .* get no requests.*out of its selector/,
  },
  {
    row: "U3",
    edits: [SLOT_LABEL],
    added:
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: app }\nspec: { selector: { matchLabels: { slot: '{{ .Values.slot }}' } } }",
    keys: ROLLING,
    says: /^PodDisruptionBudget\/app selects pods by their credential: .* do not count/,
    level: "warns",
  },
  {
    row: "U4",
    added:
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: worker }\nspec: { template: { spec: {} } }",
    keys: ROLLING,
    says: /^No label finds the pods of Deployment\/worker .*app\.kubernetes\.io\/instance: app /,
  },
  {
    row: "U4",
    added: job(""),
    keys: ROLLING,
    says: /^No label finds the pods of Job\/app-migrate/,
    level: "warns",
  },
  {
    row: "U5",
    edits: [
      [
        DEPLOYMENT,
        "          env:\n",
        "          envFrom: [{ configMapRef: { name: app-env } }]\n          env:\n",
      ],
    ],
    added:
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app-env }\ndata: { SAME: web, DB_ROLE: '{{ .Values.user }}' }",
    keys: ROLLING,
    says: /^ConfigMap\/app-env changes with the credential \(DB_ROLE\): an old pod of Deployment\/app .*rotation:secretKeys /,
  },
  {
    row: "U6",
    edits: [
      [
        DEPLOYMENT,
        "          readinessProbe:\n            httpGet:\n              path: /ready\n              port: http\n",
        "",
      ],
    ],
    keys: ROLLING,
    says: /^Deployment\/app has no readiness probe where it logs in.*logs in anew/,
  },
  {
    row: "U7",
    edits: [[DEPLOYMENT, "emptyDir: {}", "persistentVolumeClaim: { claimName: data }"]],
    added:
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: { accessModes: [ReadWriteOnce] }",
    keys: ROLLING,
    says: /^PersistentVolumeClaim\/data is on one node at a time: new pods of Deployment\/app /,
    level: "warns",
  },
  {
    row: "T1",
    edits: [[SERVICE, "name: {{ .Release.Name }}\nspec", "name: {{ .Release.Name }}-http\nspec"]],
    says: /no Service app-blue with port 80; there are app-blue-http:80.*Set rotation:service \{release\}-http\./s,
  },
  {
    row: "T1",
    edits: [[SERVICE, "targetPort: http", "targetPort: web"]],
    says: /Service\/app-blue: port 80 leads to web, which is no port of a container/,
  },
  {
    row: "T1",
    edits: [
      [SERVICE, "name: {{ .Release.Name }}\nspec", "name: webapp-{{ .Release.Name }}-http\nspec"],
    ],
    keys: ROLLING,
    says: /^There is no Service app with port 80; .* Set rotation:service webapp-\{release\}-http\.$/,
  },
  {
    row: "T2",
    added:
      "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: '{{ .Release.Name }}' }\nspec: {}",
    says: /Ingress\/app-blue is the chart's own way in.*ingress\.enabled: false/s,
  },
  {
    row: "T3",
    edits: [[SERVICE, "app: {{ .Release.Name }}", "app: other-{{ .Release.Name }}"]],
    says: /Service\/app-blue selects no pods of this release/,
  },
  {
    row: "T3",
    edits: [[DEPLOYMENT, "part: web", "version: 1.2.3"]],
    says: /have no label in common in both slots.*podLabels/s,
  },
  {
    row: "T4",
    edits: [
      [
        DEPLOYMENT,
        "httpGet:\n              path: /ready\n              port: http",
        "exec:\n              command: [ready]",
      ],
    ],
    keys: { probePath: undefined },
    says: /the gateway cannot ask its readiness probe \(exec\).*rotation:probePath <path>/s,
  },
  {
    row: "L1",
    edits: [[DEPLOYMENT, "maxUnavailable: 0", "maxUnavailable: 34%"]],
    says: /Deployment\/app-blue \(maxUnavailable 34%\)/,
  },
  {
    row: "L1",
    edits: [[DEPLOYMENT, "    rollingUpdate:\n      maxUnavailable: 0", "    type: Recreate"]],
    says: /Deployment\/app-blue \(Recreate\)/,
  },
  {
    row: "L1",
    edits: [[DEPLOYMENT, "    rollingUpdate:\n      maxUnavailable: 0", "    type: Recreate"]],
    keys: ROLLING,
    says: /Deployment\/app \(Recreate\)/,
  },
  {
    row: "L1",
    added:
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: queue }\nspec: { template: { spec: {} } }",
    keys: ROLLING,
    says: /^StatefulSet\/queue is a StatefulSet: while it rolls, there is one pod less/,
    level: "warns",
  },
  {
    row: "L1",
    added:
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: queue }\nspec: { updateStrategy: { type: OnDelete }, template: { spec: {} } }",
    keys: ROLLING,
    says: /^StatefulSet\/queue \(OnDelete\): Helm calls a rollout finished/,
  },
  {
    row: "L1",
    added:
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: queue }\nspec: { updateStrategy: { rollingUpdate: { partition: 2 } }, template: { spec: {} } }",
    keys: ROLLING,
    says: /^StatefulSet\/queue \(partition 2\): pods below it would keep/,
  },
  {
    row: "L2",
    edits: [[DEPLOYMENT, "replicas: {{ .Values.replicas }}", "replicas: 2"]],
    says: /Deployment\/app-blue keeps 2 pods when the slot is retired.*\$\{replicas\}/s,
  },
  {
    row: "L3",
    added:
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: '{{ .Release.Name }}' }\nspec: {}",
    says: /HorizontalPodAutoscaler\/app-blue: an autoscaler undoes `replicas: 0`/,
  },
  {
    row: "L3",
    added:
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: app }\nspec: {}",
    keys: ROLLING,
    says: /HorizontalPodAutoscaler\/app: each rotation would undo .*leave `replicas` out/,
    level: "warns",
  },
  {
    row: "L4",
    edits: [[DEPLOYMENT, "      terminationGracePeriodSeconds: 101\n", ""]],
    says: /preStop of 90 s needs a longer grace period than 30 s.*\$\{terminationGracePeriodSeconds\}/s,
  },
  {
    row: "L4",
    edits: [
      [
        DEPLOYMENT,
        "          lifecycle:\n            preStop:\n              sleep:\n                seconds: 90\n",
        "",
      ],
    ],
    says: /Deployment\/app-blue has no preStop/,
  },
  {
    row: "L5",
    added: job(""),
    says: /Job\/app-blue-migrate is not a hook.*ttlSecondsAfterFinished/s,
    level: "warns",
  },
  {
    row: "L6",
    edits: [[DEPLOYMENT, "{{ .Values.template | quote }}", '"once"']],
    says: /does not say which template .*`rotation\/template: "\$\{template\}"`.*podAnnotations/s,
  },
  {
    row: "P1",
    edits: [[DEPLOYMENT, "            allowPrivilegeEscalation: false\n", ""]],
    says: /Pod Security `restricted` would refuse .* \(web: allowPrivilegeEscalation is not false\).*rotation:podSecurity baseline/s,
  },
  {
    row: "P1",
    edits: [
      [DEPLOYMENT, "allowPrivilegeEscalation: false", "privileged: true"],
      [DEPLOYMENT, "emptyDir: {}", "hostPath: { path: /var }"],
    ],
    keys: { podSecurity: "baseline" },
    says: /Pod Security `baseline` would refuse .* \(a hostPath volume; web: privileged\)/,
  },
  {
    row: "P2",
    edits: [[DEPLOYMENT, "            readOnlyRootFilesystem: true\n", ""]],
    says: /web: a root that can be written.*emptyDir at \/tmp/s,
    level: "warns",
  },
  {
    row: "P3",
    edits: [
      [VALUES, "secret: ${secret}", "class: ${class}"],
      [
        DEPLOYMENT,
        "              valueFrom:\n                secretKeyRef:\n                  name: {{ .Values.secret }}\n                  key: password",
        "              value: /mnt/secrets/password",
      ],
      [DEPLOYMENT, "      volumes:\n", CLASS],
      [
        DEPLOYMENT,
        "- name: tmp\n              mountPath: /tmp",
        "- name: credential\n              mountPath: /mnt/secrets",
      ],
      [DEPLOYMENT, "      serviceAccountName: {{ .Release.Name }}\n", ""],
    ],
    keys: { delivery: "file" },
    says: /Pods of Deployment\/app-blue run as `default`: its identity cannot read the vault.*Set serviceAccount\.name to \$\{account\}/s,
  },
  {
    row: "P4",
    edits: [[VALUES, "image: ${image}", "image: registry.example/web:1"]],
    says: /Nothing behind the Service runs rotation:appImage, only registry\.example\/web:1\..*\$\{image\}/s,
  },
  {
    row: "D1",
    keys: { connections: undefined, actAs: undefined },
    says: /how many connections.*rotation:connections <number>.*as whom.*rotation:actAs owner/s,
  },
];
