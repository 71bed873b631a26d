{{/*
The application's container, the same in the slot's pods and in a trial: in a trial it is a native
sidecar, of which no traffic has to be drained.
*/}}
{{- define "app.container" -}}
- name: app
  image: {{ .Values.image | quote }}
  {{- if .Values.trial }}
  restartPolicy: Always
  {{- end }}
  ports:
    - name: http
      containerPort: 8080
  # The secret's version is part of the template, so a new version rolls the pods.
  env:
    - name: SLOT
      value: {{ .Values.slot | quote }}
    - name: GENERATION
      value: {{ .Values.generation | int64 | quote }}
    - name: SECRET_VERSION
      value: {{ .Values.secret.version | quote }}
    - name: PASSWORD_FILE
      value: /mnt/secrets/password
    - name: PGHOST
      value: {{ .Values.database.host | quote }}
    - name: PGPORT
      value: {{ .Values.database.port | int64 | quote }}
    - name: PGDATABASE
      value: {{ .Values.database.name | quote }}
    - name: PGUSER
      value: {{ .Values.database.user | quote }}
    - name: PGAPPNAME
      value: {{ printf "%s/%d" .Release.Name (.Values.generation | int64) | quote }}
    - name: POOL_SIZE
      value: {{ .Values.poolSize | int64 | quote }}
    - name: PORT
      value: "8080"
    - name: POD_IP
      valueFrom:
        fieldRef:
          fieldPath: status.podIP
    - name: POD_NAME
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    {{- if .Values.describe }}
    # Answers say to anybody whose they are.
    - name: DESCRIBE
      value: "true"
    {{- end }}
    {{- if .Values.trial }}
    # Schedulers and consumers of queues stay off.
    - name: TRIAL
      value: "true"
    {{- end }}
  volumeMounts:
    - name: secrets
      mountPath: /mnt/secrets
      readOnly: true
  {{- if not .Values.trial }}
  lifecycle:
    preStop:
      sleep:
        seconds: {{ .Values.preStopSeconds }}
  {{- end }}
  # Probes wait longer than the application waits for its database, so that they hear why.
  # Asked often, so that a quick start is seen at once, and for five minutes, which is room for a
  # slow one.
  startupProbe:
    httpGet:
      path: /startupz
      port: http
    periodSeconds: 1
    timeoutSeconds: 5
    failureThreshold: 300
  readinessProbe:
    httpGet:
      path: /readyz
      port: http
    periodSeconds: {{ .Values.probe.periodSeconds }}
    timeoutSeconds: 5
    failureThreshold: 3
  # Says nothing about the database: a restart would not bring that back.
  livenessProbe:
    httpGet:
      path: /healthz
      port: http
    periodSeconds: {{ .Values.probe.periodSeconds }}
    timeoutSeconds: 5
    failureThreshold: 6
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  {{- include "app.confined" . | nindent 2 }}
{{- end }}

{{/* What a container of the slot may not do. */}}
{{- define "app.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop:
      - ALL
{{- end }}

{{/* What belongs to the pod around the container. */}}
{{- define "app.pod" -}}
securityContext:
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: secrets
    csi:
      driver: secrets-store.csi.k8s.io
      readOnly: true
      volumeAttributes:
        secretProviderClass: {{ .Values.secret.providerClass }}
{{- end }}
